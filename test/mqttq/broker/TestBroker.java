package mqttq.broker;

import java.util.function.Consumer;
import mqttq.Unlimited;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.config.BrokerSettings;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.link.TestPipe;
import mqttq.sim.SimDisk;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;

/** A broker on virtual time, without transports. */
final class TestBroker {
    static final long SECOND = 1_000_000_000L;

    static final String JOURNAL = "/data";

    final SimWorld world;
    final SimLoop loop;
    final Broker broker;
    private final Consumer<BrokerSettings> change;
    Authenticator authenticator = new Anyone();
    Authorizer authorizer = Authorizer.ALL;
    Broker.Listener listener;
    private int port = 50_000;

    TestBroker() {
        this(builder -> { });
    }

    TestBroker(Consumer<BrokerSettings> change) {
        this(new SimWorld(1), null, change);
    }

    TestBroker(SimWorld world, SimLoop on, Consumer<BrokerSettings> change) {
        this.world = world;
        this.change = change;
        loop = on == null ? world.host("127.0.0.1") : on;
        BrokerSettings builder = Unlimited.settings();
        builder.sysInterval = 0;
        change.accept(builder);
        broker = new Broker(loop, builder, "test");
        listen(new ListenerSettings("test", new Anyone(), (id, user) -> authorizer.permissions(id, user)));
    }

    /** Keeps what is to be kept on a disk. */
    TestBroker keep() throws JournalException {
        broker.keep(JOURNAL, disk(), Journal.Sync.ALWAYS);
        return this;
    }

    SimDisk disk() {
        return loop.disk(JOURNAL);
    }

    /** The power fails, and a new process starts. */
    TestBroker restart() throws JournalException {
        loop.crash();
        return new TestBroker(world, loop, change).keep();
    }

    /** Time for the disk. */
    TestBroker sync() {
        seconds(2);
        return this;
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
