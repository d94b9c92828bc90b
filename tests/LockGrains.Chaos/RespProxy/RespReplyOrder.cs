using System.Threading.Channels;

namespace LockGrains.Chaos;

/// <summary>The replies of one connection, in the order of their requests, whether Redis or the proxy makes them.</summary>
internal sealed class RespReplyOrder
{
    private readonly Lock _gate = new();
    private readonly Queue<RespReply> _awaited = [];
    private readonly Channel<RespReply> _ready = Channel.CreateUnbounded<RespReply>(new UnboundedChannelOptions { SingleReader = true });
    private bool _isStream;

    /// <summary>What can be passed on, in order.</summary>
    public ChannelReader<RespReply> Ready => _ready.Reader;

    /// <summary>Takes the next place in the order, before the request is forwarded.</summary>
    public void Enqueue(RespReply reply)
    {
        lock (_gate)
        {
            _awaited.Enqueue(reply);
            Drain();
        }
    }

    /// <summary>What Redis sent: the answer to the oldest request that was forwarded, or something that answers none.</summary>
    public void OnReceived(byte[] frame)
    {
        lock (_gate)
        {
            if (_isStream || RespFrame.IsPush(frame) || _awaited.Count == 0)
            {
                _ready.Writer.TryWrite(new RespReply(RespProxyMode.Pass) { Bytes = frame });
                return;
            }

            _awaited.Peek().Bytes = frame;
            Drain();
        }
    }

    /// <summary>From now on what comes answers nothing.</summary>
    public void BecomeStream()
    {
        lock (_gate)
            _isStream = true;
    }

    /// <summary>Nothing more will come.</summary>
    public void Complete() => _ready.Writer.TryComplete();

    private void Drain()
    {
        while (_awaited.TryPeek(out var reply) && reply.Bytes is not null)
            _ready.Writer.TryWrite(_awaited.Dequeue());
    }
}
