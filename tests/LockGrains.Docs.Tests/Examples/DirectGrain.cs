namespace LockGrains.Docs.Tests.Examples;

public interface IInvoiceGrain : IGrainWithStringKey
{
    Task<bool> SendAsync();
}

/// <summary>The same with the lock grain called directly: no handle, no renewal, one message to take and one to give back.</summary>
internal sealed class InvoiceGrain(IReportStore mail) : Grain, IInvoiceGrain
{
    public async Task<bool> SendAsync()
    {
        var door = GrainFactory.GetLock("mail");
        var request = new AcquireRequest { LeaseId = Guid.NewGuid(), OwnerId = this.GetPrimaryKeyString(), Lease = TimeSpan.FromSeconds(10) };
        var reply = await door.AcquireAsync(request);
        for (var tries = 1; reply.Status == AcquireStatus.Unknown && tries < 5; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100 * tries), TimeProvider.System);
            reply = await door.AcquireAsync(request); // the same LeaseId: asked twice, granted once
        }

        try
        {
            if (reply.Status != AcquireStatus.Granted)
                return false;
            await mail.SaveAsync("invoice", reply.FencingToken);
            return true;
        }
        finally
        {
            await door.CancelAsync(request.LeaseId); // whatever became of it: nothing is held and nothing waits
        }
    }
}
