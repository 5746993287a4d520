package mqttq.broker;

import java.util.function.Consumer;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.link.TestPipe;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;

/** A broker on virtual time, without transports. */
final class TestBroker {
    static final long SECOND = 1_000_000_000L;

    final SimWorld world = new SimWorld(1);
    final SimLoop loop = world.host("127.0.0.1");
    final Broker broker;
    Authenticator authenticator = new Anyone();
    Authorizer authorizer = Authorizer.ALL;
    Broker.Listener listener;
    private int port = 50_000;

    TestBroker() {
        this(builder -> { });
    }

    TestBroker(Consumer<BrokerSettings.Builder> change) {
        BrokerSettings.Builder builder = new BrokerSettings.Builder();
        builder.sysInterval = 0;
        change.accept(builder);
        broker = new Broker(loop, builder.build(), "test");
        listen(new ListenerSettings("test", new Anyone(), (id, user) -> authorizer.permissions(id, user)));
    }

    void listen(ListenerSettings settings) {
        listener = broker.listener(settings);
    }

    /** A client with a network connection. */
    TestClient client(String id) {
        return client(id, new TestPipe(port++ & 0xffff));
    }

    TestClient client(String id, TestPipe pipe) {
        mqttq.transport.Pipe.Handler handler = listener.onPipe(pipe);
        if (handler == null) return null;
        pipe.handler(handler);
        return new TestClient(this, pipe, id);
    }

    void seconds(double seconds) {
        world.runFor((long) (seconds * SECOND));
    }

    /** Lets anyone in. */
    static final class Anyone implements Authenticator {
        @Override
        public void authenticate(ConnectInfo info, Result result) {
            result.accepted(Login.of(info, info.userName()));
        }

        @Override
        public void recheck(Login login, Result result) {
            result.accepted(login);
        }
    }
}
