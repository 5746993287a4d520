package mqttq.system;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import mqttq.sim.SimLoop;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;

/** A client of hand-made packets over the real transport: counts what comes, allocates nothing. */
final class RawClient implements Pipe.Handler, Transport.Connected {
    final SimLoop loop;
    Pipe pipe;
    String failed, closed;
    long bytes;
    /** The first bytes that came. */
    final ByteBuffer first = ByteBuffer.allocate(64);

    RawClient(MqttWorld world, SimLoop loop) { this(world, loop, "10.0.0.1"); }

    RawClient(MqttWorld world, SimLoop loop, String broker) {
        this.loop = loop;
        world.transport(loop).connect(loop, mqttq.sim.SimWorld.address(broker, MqttWorld.PORT), this);
    }

    int send(String hex) {
        return pipe.write(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    @Override public Pipe.Handler onConnected(Pipe made) {
        pipe = made;
        return this;
    }

    @Override public void onFailed(String reason) {
        failed = reason;
    }

    @Override public void onData(ByteBuffer data) {
        bytes += data.remaining();
        while (first.hasRemaining() && data.hasRemaining()) first.put(data.get());
        data.position(data.limit());
    }

    @Override public void onWritable() { }

    @Override public void onEnd() { }

    @Override public void onClosed(String reason) {
        closed = reason;
    }
}
