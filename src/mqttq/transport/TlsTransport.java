package mqttq.transport;

import mqttq.loop.Loop;
import mqttq.wire.BufferPool;

/** TLS 1.2 and 1.3 by the JDK over another transport, TCP as a rule. */
public final class TlsTransport extends LayeredTransport {
    private final TransportLimits limits;
    private final BufferPool pool = new BufferPool(TransportLimits.POOLED);
    private final TlsPipe.Scratch scratch = new TlsPipe.Scratch();
    private TlsSetup setup;

    public TlsTransport(Transport inner, TlsSetup setup, TransportLimits limits) {
        super(inner, limits);
        this.setup = setup;
        this.limits = limits;
    }

    /** For connections from now on, after certificates have been read anew. */
    public void setup(TlsSetup setup) { this.setup = setup; }

    @Override LayeredPipe layer(Loop loop, Pipe pipe, boolean client, LayeredPipe.Opening opening) {
        return new TlsPipe(loop, pipe, limits, pool, scratch, setup.engine(client), opening);
    }
}
