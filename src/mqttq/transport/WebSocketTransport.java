package mqttq.transport;

import java.nio.ByteBuffer;
import mqttq.loop.Loop;
import mqttq.wire.BufferPool;

/** MQTT in WebSocket frames (MQTT 5 §6) over TCP or TLS. */
public final class WebSocketTransport extends LayeredTransport {
    private final WebSocketSetup setup;
    private final TransportLimits limits;
    private final BufferPool pool = new BufferPool(TransportLimits.POOLED);
    private final ByteBuffer frame = ByteBuffer.allocate(WebSocketPipe.FRAME);

    public WebSocketTransport(Transport inner, WebSocketSetup setup, TransportLimits limits) {
        super(inner, limits);
        this.setup = setup;
        this.limits = limits;
    }

    @Override LayeredPipe layer(Loop loop, Pipe pipe, boolean client, LayeredPipe.Opening opening) {
        return new WebSocketPipe(loop, pipe, limits, pool, frame, setup, client, opening);
    }
}
