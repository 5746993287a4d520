package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ConnectTest {
    private final TestBroker broker = new TestBroker();

    @Test
    void publishReachesSubscriber() {
        TestClient a = broker.client("a").in().subscribe("t/#");
        TestClient b = broker.client("b").v3().in();
        b.publish("t/x", "hello");
        a.gets("t/x hello q0");
        assertTrue(broker.loop.logged("New client connected from 127.0.0.1:50000 as a (p5, c1, k0)."));
    }
}
