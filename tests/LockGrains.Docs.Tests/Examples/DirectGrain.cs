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
        while (reply.Status == AcquireStatus.Unknown)
            reply = await door.AcquireAsync(request); // the same LeaseId: asked twice, granted once
        if (reply.Status != AcquireStatus.Granted)
            return false;

        await mail.SaveAsync("invoice", reply.FencingToken);
        await door.ReleaseAsync(request.LeaseId);
        return true;
    }
}
