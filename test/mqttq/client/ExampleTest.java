package mqttq.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import mqttq.Unlimited;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.broker.Broker;
import mqttq.config.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.loop.nio.NioLoop;
import mqttq.mqtt.ReasonCode;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.EndpointConfig;
import mqttq.tls.Identity;
import mqttq.tls.TlsConfig;
import mqttq.transport.QuicTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example of {@link MqttClient}, with a broker of this process at a real port. */
@Timeout(60)
class ExampleTest {
    private static final Path PEMS = Path.of("test/mqttq/tls/pem");
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private void println(String line) {
        lines.add(line);
    }

    private void example(String url, Path certificate) throws Exception {
        MqttClient client = MqttClient.builder(url).clientId("porch").trust(certificate)
            .listener(message -> println(message.topic() + " " + new String(message.payload(), UTF_8)))
            .connect().join();
        client.subscribe("garden/#", 1).join();
        client.publish("garden/light", "on".getBytes(UTF_8), 1, false).join();
        assertEquals("garden/light on", lines.poll(60, TimeUnit.SECONDS));
        assertEquals("quic", client.transport());
        // 1000 at once, from any thread; none of the calls waits
        CompletableFuture<?>[] all = new CompletableFuture<?>[1000];
        for (int i = 0; i < all.length; i++) all[i] = client.publish("garden/" + i, new byte[0], i % 3, false);
        client.close();
        for (CompletableFuture<?> each : all) assertEquals(List.of(false, false), List.of(each.isCompletedExceptionally(), !each.isDone()));
        assertEquals(true, client.publish("garden/late", new byte[0], 0, false).isCompletedExceptionally());
    }

    @Test
    void theExampleWorks() throws Exception {
        NioLoop loop = NioLoop.open();
        CompletableFuture<Integer> port = new CompletableFuture<>();
        loop.execute(() -> port.complete(broker(loop)));
        loop.startOnce("broker");
        try {
            example("quic://localhost:" + port.get(60, TimeUnit.SECONDS), PEMS.resolve("ca.pem"));
        } finally {
            loop.stop();
        }
    }

    private static int broker(NioLoop loop) {
        try {
            Broker broker = new Broker(loop, Unlimited.settings(), "test");
            TlsConfig tls = TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols("mqtt")
                .keyManager(Identity.ofPem(PEMS.resolve("ec256.pem"), PEMS.resolve("ec256.key"))).build();
            InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
            return QuicTransport.server(EndpointConfig.of(loop.entropy(), loop), tls, ConnectionOptions.SERVER)
                .listen(loop, any, broker.listener(new ListenerSettings("test", new Anyone(), Authorizer.ALL))).local().getPort();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static final class Anyone implements Authenticator {
        @Override public void authenticate(ConnectInfo info, Result result) {
            result.accepted(Login.of(info, ReasonCode.SUCCESS.name()));
        }

        @Override public void recheck(Login login, Result result) {
            result.accepted(login);
        }
    }
}
