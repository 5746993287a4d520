package mqttq.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import mqttq.Statement;
import mqttq.Unlimited;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.config.BrokerSettings;
import mqttq.link.TestPipe;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Will;
import mqttq.transport.Pipe;
import org.junit.jupiter.api.Test;

class ConnectTest {
    private TestBroker broker = new TestBroker();

    @Test
    @Statement({"MQTT-3.1.4-5", "MQTT-3.2.2-1", "MQTT-3.1.2-28", "MQTT-3.2.0-1"})
    void answersWithWhatItCan() {
        broker.client("a").connect().gets("CONNACK SUCCESS {TOPIC_ALIAS_MAXIMUM=10, RECEIVE_MAXIMUM=20}");
        broker.client("b").v3().connect().gets("CONNACK SUCCESS");
        TestClient old = broker.client("c");
        old.version = ProtocolVersion.MQTT_3_1;
        old.connect().gets("CONNACK SUCCESS");
        assertTrue(broker.loop.logged("New client connected from 127.0.0.1:50000 as a (p5, c1, k0)."));
        assertTrue(broker.loop.logged("as b (p2, c1, k0)."));
        assertTrue(broker.loop.logged("as c (p1, c1, k0)."));
    }

    @Test
    @Statement("MQTT-3.1.3-3")
    void identifiersOfUpTo23LettersAndDigitsAreTaken() {
        String all = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        for (int i = 0, length = 1; i < all.length(); i += length) {
            length = Math.min(23, all.length() - i);
            broker.client(all.substring(i, i + length)).in();
        }
    }

    @Test
    @Statement("MQTT-3.1.4-6")
    void whatFollowsARefusedConnectIsNotProcessed() {
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, -1, true, "auto-", false, 1, 0, 0, 0b111000, null));
        TestClient s = broker.client("s").in().subscribe("t");
        TestClient a = broker.client("a").will(new Will("w", new byte[0], 2, false, Properties.EMPTY));
        a.connect().publish("t", "x").gets("CONNACK QOS_NOT_SUPPORTED");
        s.getsNothing();
    }

    @Test
    @Statement("MQTT-3.1.2-29")
    void problemsAreNotExplainedToWhoDoesNotWantIt() {
        broker.authorizer = (id, user) -> (access, topic, offset, length) -> access != mqttq.auth.Access.WRITE;
        TestClient a = broker.client("a").with(Property.REQUEST_PROBLEM_INFORMATION, 0).in();
        a.publish("t", "x", 1, 1).gets("PUBACK 1 NOT_AUTHORIZED").publish("t", "x", 2, 2).gets("PUBREC 2 NOT_AUTHORIZED");
    }

    @Test
    void aHandshakeThatFailedIsLogged() {
        broker.listener.onRefused(new java.net.InetSocketAddress("127.0.0.1", 7), "TLS: no\ncertificate");
        assertTrue(broker.loop.logged("Client connection from 127.0.0.1:7 failed: TLS: no?certificate."));
    }

    @Test
    @Statement({"MQTT-3.2.2-9", "MQTT-3.2.2-10", "MQTT-3.8.4-7"})
    void saysWhatIsSwitchedOff() {
        broker = new TestBroker(s -> {
            s.retainAvailable = s.wildcardSubscriptions = s.sharedSubscriptions = s.subscriptionIdentifiers = false;
            s.maxPacketSize = 0;
            s.maxInflightMessages = 65_535;
        });
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, -1, true, "auto-", false, 1, 0, 0, 0b111000, null));
        TestClient client = broker.client("a").connect().gets("CONNACK SUCCESS {RETAIN_AVAILABLE=0, MAXIMUM_QOS=1, WILDCARD_SUBSCRIPTION_AVAILABLE=0, "
            + "SUBSCRIPTION_IDENTIFIER_AVAILABLE=0, SHARED_SUBSCRIPTION_AVAILABLE=0}");
        client.subscribe(1, 0, mqttq.mqtt.SubscriptionOptions.of(2), "a", "+", "$share/g/a");
        client.gets("SUBACK 1 [GRANTED_QOS_1, WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED, SHARED_SUBSCRIPTIONS_NOT_SUPPORTED]");
        client.subscribe(2, 5, mqttq.mqtt.SubscriptionOptions.of(2), "a");
        client.gets("SUBACK 2 [SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED]");
        client.publish("t", "x", 2, 1).isDisconnected(ReasonCode.QOS_NOT_SUPPORTED);
        broker.client("b").in().retain("t", "x").isDisconnected(ReasonCode.RETAIN_NOT_SUPPORTED);
    }

    @Test
    @Statement({"MQTT-3.2.2-12", "MQTT-3.2.2-13", "MQTT-3.14.0-1", "MQTT-4.13.2-1"})
    void aWillThatIsNotPossibleIsRefused() {
        broker = new TestBroker(s -> s.retainAvailable = false);
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, -1, true, "auto-", false, 1, 0, 0, 0b111000, null));
        TestClient qos = broker.client("a").will(new Will("w", new byte[0], 2, false, Properties.EMPTY)).connect().gets("CONNACK QOS_NOT_SUPPORTED");
        assertTrue(qos.pipe.closing);
        broker.client("a").will(new Will("w", new byte[0], 0, true, Properties.EMPTY)).connect().gets("CONNACK RETAIN_NOT_SUPPORTED");
    }

    @Test
    @Statement({"MQTT-3.1.3-4", "MQTT-3.1.3-6", "MQTT-3.1.3-7"})
    void givesAnIdentifierToAClientWithout() {
        String connack = broker.client("").connect().one();
        assertTrue(connack.matches("CONNACK SUCCESS \\{.*, ASSIGNED_CLIENT_IDENTIFIER=auto-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}, .*"), connack);
        broker.client("").v3().connect().gets("CONNACK SUCCESS");
        assertEquals(2, broker.broker.stats().connected);
    }

    @Test
    @Statement({"MQTT-3.1.3-8", "MQTT-3.1.3-5"})
    void anEmptyIdentifierWithAKeptSessionIsRefusedInMqtt3() {
        TestClient client = broker.client("").v3();
        client.cleanStart = false;
        client.connect().gets("CONNACK CLIENT_IDENTIFIER_NOT_VALID");
        assertTrue(client.pipe.closing);
        TestClient old = broker.client("");
        old.version = ProtocolVersion.MQTT_3_1;
        old.connect().gets("CONNACK CLIENT_IDENTIFIER_NOT_VALID");
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, -1, false, "auto-", false, 2, 0, 0, 0b111000, null));
        broker.client("").connect().gets("CONNACK UNSPECIFIED_ERROR");
    }

    @Test
    @Statement({"MQTT-3.1.2-2"})
    void aVersionThatTheListenerDoesNotAcceptIsRefused() {
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, -1, true, "auto-", false, 2, 0, 0, 0b100000, null));
        broker.client("a").v3().connect().gets("CONNACK UNSUPPORTED_PROTOCOL_VERSION");
        broker.client("a").in();
    }

    @Test
    @Statement({"MQTT-3.1.2-11", "MQTT-3.1.2-22", "MQTT-3.12.4-1"})
    void endsAClientThatIsSilentForOneAndAHalfTimesItsKeepAlive() {
        TestClient client = broker.client("a");
        client.keepAlive = 10;
        client.in();
        broker.seconds(14);
        client.hex("c000").gets("PINGRESP");
        broker.seconds(14.9);
        client.getsNothing();
        broker.seconds(0.2);
        client.isDisconnected(ReasonCode.KEEP_ALIVE_TIMEOUT);
        assertTrue(broker.loop.logged("Client a has exceeded timeout, disconnecting."));
    }

    @Test
    void aLargePacketThatComesSlowlyIsASignOfLife() {
        TestClient client = broker.client("a");
        client.keepAlive = 10;
        client.in();
        client.hex("30 a0 9c 01 00 01 61 00"); // 20,000 bytes follow, about
        for (int i = 0; i < 5; i++) {
            broker.seconds(14);
            client.pipe.in(new byte[1100]);
        }
        client.getsNothing();
        assertFalse(client.pipe.closing);
        for (int i = 0; i < 5; i++) {
            broker.seconds(4);
            client.pipe.in(new byte[10]);
        }
        client.isDisconnected(ReasonCode.KEEP_ALIVE_TIMEOUT);
    }

    @Test
    @Statement({"MQTT-3.1.2-21", "MQTT-3.2.2-22"})
    void aKeepAliveThatIsTooLongIsShortened() {
        broker = new TestBroker(s -> s.maxKeepAlive = 60);
        TestClient client = broker.client("a");
        client.keepAlive = 3600;
        String connack = client.connect().one();
        assertTrue(connack.contains("SERVER_KEEP_ALIVE=60"), connack);
        broker.seconds(91);
        client.isDisconnected(ReasonCode.KEEP_ALIVE_TIMEOUT);
        broker.client("b").v3().connect().gets("CONNACK CLIENT_IDENTIFIER_NOT_VALID");
    }

    @Test
    void aConnectionWithoutConnectEndsAfterTenSeconds() {
        TestClient client = broker.client("a");
        client.hex("10 20");
        broker.seconds(9.9);
        assertFalse(client.pipe.closing);
        broker.seconds(0.2);
        assertTrue(client.pipe.closing);
        client.getsNothing();
        client.pipe.turn();
        assertEquals(0, broker.broker.openConnections());
    }

    @Test
    void aPacketThatIsNotFinishedEndsTheConnection() {
        TestClient client = broker.client("a").in().hex("30 7f 00 01 61");
        broker.seconds(59);
        client.getsNothing();
        broker.seconds(2);
        client.isDisconnected(ReasonCode.PROTOCOL_ERROR);
        TestClient slow = broker.client("b").in().hex("30 ff 7f 00 01 61 00");
        for (int i = 0; i < 10; i++) {
            broker.seconds(50);
            slow.pipe.in(new byte[1000]);
        }
        slow.hex("").getsNothing();
        broker.seconds(130);
        slow.isDisconnected(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    @Statement({"MQTT-3.1.0-1"})
    void theFirstPacketMustBeConnect() {
        TestClient client = broker.client("a").hex("c000").getsNothing();
        assertTrue(client.pipe.closing);
    }

    @Test
    @Statement({"MQTT-3.1.0-2", "MQTT-3.2.0-2"})
    void aSecondConnectIsAProtocolError() {
        TestClient client = broker.client("a").in();
        client.connect().isDisconnected(ReasonCode.PROTOCOL_ERROR);
        assertEquals(0x82, client.pipe.code);
        TestClient old = broker.client("b").v3().in();
        old.connect().isDisconnected(null);
    }

    @Test
    void aLargePacketBeforeConnectIsNotGathered() {
        TestClient client = broker.client("a").hex("10 a1 8d 06"); // 100,001 bytes
        assertTrue(client.pipe.closing);
        broker.client("b").hex("10 9c 8d 06").getsNothing();
    }

    @Test
    void passwordsMayTakeTimeAndNothingIsReadMeanwhile() {
        List<Authenticator.Result> waiting = new ArrayList<>();
        broker.listen(new ListenerSettings("x", new Authenticator() {
            @Override
            public void authenticate(ConnectInfo info, Result result) {
                assertEquals("me", info.userName());
                waiting.add(result);
            }

            @Override
            public void recheck(Login login, Result result) { }
        }, Authorizer.ALL));
        TestClient client = broker.client("a").v3();
        client.userName = "me";
        client.connect();
        client.subscribe(5, 0, mqttq.mqtt.SubscriptionOptions.of(1), "t");
        client.getsNothing();
        broker.seconds(20);
        assertFalse(client.pipe.reading);
        waiting.get(0).accepted(Login.of(null, "me"));
        client.pipe.turn();
        client.gets("CONNACK SUCCESS", "SUBACK 5 [GRANTED_QOS_1]");
        assertTrue(broker.loop.logged("as a (p2, c1, k0, u'me')."));
    }

    @Test
    void anAnswerThatComesAfterTheClientLeftChangesNothing() {
        List<Authenticator.Result> waiting = new ArrayList<>();
        broker.listen(new ListenerSettings("x", new Authenticator() {
            @Override
            public void authenticate(ConnectInfo info, Result result) {
                waiting.add(result);
            }

            @Override
            public void recheck(Login login, Result result) { }
        }, Authorizer.ALL));
        TestClient client = broker.client("a").connect();
        client.lose();
        waiting.get(0).accepted(Login.of(null, null));
        TestClient slow = broker.client("b").connect();
        broker.seconds(61);
        assertTrue(slow.pipe.closing);
        waiting.get(1).refused(Authenticator.Refusal.NOT_AUTHORIZED);
        assertEquals(0, broker.broker.stats().connected);
        assertEquals(0, broker.broker.stats().disconnected);
    }

    @Test
    @Statement({"MQTT-3.2.2-7", "MQTT-3.2.2-6", "MQTT-3.1.4-2"})
    void whoIsRefusedIsToldAndClosed() {
        Authenticator.Refusal[] why = {Authenticator.Refusal.NOT_AUTHORIZED};
        broker.listen(new ListenerSettings("x", new Authenticator() {
            @Override
            public void authenticate(ConnectInfo info, Result result) {
                result.refused(why[0]);
            }

            @Override
            public void recheck(Login login, Result result) { }
        }, Authorizer.ALL));
        TestClient client = broker.client("a").connect().gets("CONNACK NOT_AUTHORIZED");
        assertTrue(client.pipe.closing);
        broker.client("a").v3().connect().gets("CONNACK NOT_AUTHORIZED");
        why[0] = Authenticator.Refusal.TRY_LATER;
        broker.client("a").connect().gets("CONNACK QUOTA_EXCEEDED");
        broker.client("a").v3().connect().gets("CONNACK SERVER_UNAVAILABLE");
        assertTrue(broker.loop.logged("Client a [127.0.0.1:50000] disconnected, not authorised."));
    }

    /** Anybody may write any address on the datagrams of 0-RTT: that of a victim, which is to be locked out or reported. */
    @Test
    void nobodyIsBlamedForWhatComesFromAnAddressThatIsNotProven() {
        List<String> asked = new ArrayList<>();
        broker.authenticator = new Authenticator() {
            @Override
            public void authenticate(ConnectInfo info, Result result) {
                asked.add(info.userName());
                result.refused(Refusal.NOT_AUTHORIZED);
            }

            @Override
            public void recheck(Login login, Result result) { }
        };
        broker.listen(new ListenerSettings("test", broker.authenticator, broker.authorizer));
        for (boolean password : new boolean[] {false, true}) {
            for (boolean confirmed : new boolean[] {true, false}) {
                TestPipe pipe = new TestPipe(7);
                pipe.unproven = true;
                TestClient client = broker.client("client" + password + confirmed, pipe);
                client.userName = "victim";
                client.password = password ? new byte[1] : null;
                client.connect();
                String line = "Client " + client.id + " [127.0.0.1:7] disconnected, not authorised.";
                assertEquals(password ? 0 : 1, asked.size());
                assertFalse(broker.loop.logged(line));
                assertEquals(List.of(), client.received());
                if (confirmed) pipe.confirm();
                else pipe.gone("silent");
                pipe.confirm();
                assertEquals(confirmed, broker.loop.logged(line));
                assertEquals(confirmed || !password ? 1 : 0, asked.size());
                asked.clear();
            }
        }
    }

    @Test
    void aRecheckDropsThoseNoLongerLetIn() {
        List<String> out = new ArrayList<>();
        broker.listen(new ListenerSettings("x", new Authenticator() {
            @Override
            public void authenticate(ConnectInfo info, Result result) {
                result.accepted(Login.of(info, info.userName()));
            }

            @Override
            public void recheck(Login login, Result result) {
                if (out.contains(login.userName())) result.refused(Refusal.NOT_AUTHORIZED);
                else result.accepted(login);
            }
        }, Authorizer.ALL));
        TestClient a = broker.client("a"), b = broker.client("b");
        a.userName = "ann";
        b.userName = "bob";
        a.in();
        b.in();
        out.add("bob");
        broker.broker.recheck();
        a.getsNothing();
        b.isDisconnected(ReasonCode.NOT_AUTHORIZED);
    }

    @Test
    void theUserNameMayReplaceTheIdentifier() {
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, -1, true, "auto-", true, 2, 0, 0, 0b111000, null));
        TestClient client = broker.client("a");
        client.userName = "ann";
        client.connect().gets("CONNACK SUCCESS {ASSIGNED_CLIENT_IDENTIFIER=ann, RECEIVE_MAXIMUM=20}");
        broker.client("b").connect().gets("CONNACK NOT_AUTHORIZED");
        assertNotNull(broker.broker.session("ann"));
    }

    /** A listener that knows the method M: the client says "hello", then "secret". */
    private void listenWithMethod() {
        broker.listen(new ListenerSettings("x", new Authenticator() {
            @Override public void authenticate(ConnectInfo info, Result result) { result.accepted(Login.of(info, "plain")); }
            @Override public void recheck(Login login, Result result) { }
            @Override public Exchange exchange(String method, ConnectInfo info) {
                return !method.equals("M") ? null : new Exchange() {
                    private boolean greeted, done;
                    @Override public byte[] answer(byte[] data) {
                        String said = new String(data, java.nio.charset.StandardCharsets.US_ASCII);
                        done = greeted && said.startsWith("secret");
                        boolean good = done || !greeted && said.equals("hello");
                        user = said;
                        greeted = true;
                        return good ? (done ? "welcome" : "who?").getBytes(java.nio.charset.StandardCharsets.US_ASCII) : null;
                    }
                    private String user;
                    @Override public Login login() { return done ? Login.of(info, user) : null; }
                };
            }
        }, Authorizer.ALL));
    }

    private TestClient withMethod(String id, String data) {
        TestClient client = broker.client(id);
        client.properties.put(Property.AUTHENTICATION_METHOD, "M");
        if (data != null) client.properties.put(Property.AUTHENTICATION_DATA, data.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        return client.connect();
    }

    @Test
    @Statement({"MQTT-4.12.0-2", "MQTT-4.12.0-3", "MQTT-4.12.0-5", "MQTT-4.12.0-6"})
    void authenticationMayTakeSeveralSteps() {
        listenWithMethod();
        TestClient a = withMethod("a", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "secret");
        String connack = a.one();
        assertTrue(connack.startsWith("CONNACK SUCCESS") && connack.contains("AUTHENTICATION_METHOD=M") && connack.contains("AUTHENTICATION_DATA"), connack);
        assertTrue(broker.loop.logged("u'secret')."));
        a.subscribe("t").publish("t", "x").gets("t x q0");
        withMethod("late", null).gets("AUTH CONTINUE_AUTHENTICATION M").auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "hello")
            .gets("AUTH CONTINUE_AUTHENTICATION M who?");
        broker.client("plain").connect().gets("CONNACK SUCCESS {TOPIC_ALIAS_MAXIMUM=10, RECEIVE_MAXIMUM=20}");
    }

    @Test
    @Statement({"MQTT-4.12.0-4", "MQTT-4.12.0-1", "MQTT-4.12.0-7"})
    void whoFailsToAuthenticateIsClosed() {
        listenWithMethod();
        withMethod("a", "hallo").gets("CONNACK NOT_AUTHORIZED");
        TestClient b = withMethod("b", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "guess");
        assertTrue(b.gets("CONNACK NOT_AUTHORIZED").pipe.closing);
        assertTrue(withMethod("c", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").publish("t", "x").pipe.closing);
        withMethod("ping", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").hex("c0 00").isDisconnected(null);
        assertTrue(withMethod("d", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").auth(ReasonCode.CONTINUE_AUTHENTICATION, "N", "secret").pipe.closing);
        assertTrue(withMethod("e", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").auth(ReasonCode.REAUTHENTICATE, "M", "hello").pipe.closing);
        assertTrue(withMethod("f", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").hex("e0 00").pipe.closing);
        broker.client("g").in().hex("f0 02 18 00").isDisconnected(ReasonCode.PROTOCOL_ERROR);
        assertEquals(0, broker.broker.stats().connected);
    }

    @Test
    @Statement({"MQTT-4.12.1-2", "MQTT-4.12.0-5"})
    void aConnectedClientMayAuthenticateAgain() {
        listenWithMethod();
        TestClient a = withMethod("a", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "secret");
        a.one();
        a.auth(ReasonCode.REAUTHENTICATE, "M", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?").subscribe("t").publish("t", "x").gets("t x q0");
        a.auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "secret").gets("AUTH SUCCESS M welcome");
        a.auth(ReasonCode.REAUTHENTICATE, "M", "hello").gets("AUTH CONTINUE_AUTHENTICATION M who?");
        a.auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "secretly").isDisconnected(ReasonCode.NOT_AUTHORIZED); // another user
    }

    @Test
    @Statement({"MQTT-4.12.0-1", "MQTT-4.12.0-7"})
    void aMethodThatIsNotServedIsRefused() {
        TestClient client = broker.client("a");
        client.properties.put(Property.AUTHENTICATION_METHOD, "SCRAM-SHA-256");
        client.connect().gets("CONNACK BAD_AUTHENTICATION_METHOD");
        broker.client("b").in().hex("f0 02 18 00").isDisconnected(ReasonCode.PROTOCOL_ERROR);
    }

    @Test
    void limitsOfConnectionsHold() {
        broker = new TestBroker(s -> s.maxConnections = 2);
        TestClient a = broker.client("a").in();
        broker.client("b").in();
        assertNull(broker.client("c"));
        a.disconnect();
        broker.client("c").in();
        broker = new TestBroker();
        broker.listen(new ListenerSettings("x", new TestBroker.Anyone(), Authorizer.ALL, 1, true, "auto-", true, 2, 0, 0, 0b111000, null));
        broker.client("a");
        assertNull(broker.client("c"));
    }

    @Test
    void limitOfSessionsHolds() {
        broker = new TestBroker(s -> s.maxClients = 1);
        TestClient a = broker.client("a").keep().in();
        broker.client("b").connect().gets("CONNACK QUOTA_EXCEEDED");
        broker.client("a").keep().in();
        a.isDisconnected(ReasonCode.SESSION_TAKEN_OVER);
    }

    @Test
    @Statement("MQTT-3.1.2-24")
    void whoTakesNoConnackOfItsSizeCannotStay() {
        TestClient a = broker.client("a").keep().with(Property.MAXIMUM_PACKET_SIZE, 5).connect();
        a.isDisconnected(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR);
        broker.client("a").keep().in2();
    }

    @Test
    void tooManyThatDoNotSayWhoTheyArePushOutTheOldest() {
        TestClient first = broker.client("first"), second = broker.client("second");
        for (int i = 0; i < Unlimited.settings().maxHandshakes - 1; i++) broker.client("x" + i);
        assertTrue(first.pipe.closing);
        assertEquals(Pipe.OVERLOADED, first.pipe.code);
        assertFalse(second.pipe.closing);
        second.in();
        assertEquals(1, broker.broker.stats().connected);
    }

    @Test
    void shutdownTellsEveryone() {
        TestClient a = broker.client("a").in(), b = broker.client("b").v3().in(), none = broker.client("c");
        broker.broker.shutdown();
        a.isDisconnected(ReasonCode.SERVER_SHUTTING_DOWN);
        b.isDisconnected(null);
        assertTrue(none.pipe.closing);
        none.pipe.turn();
        assertNull(broker.client("d"));
        assertEquals(0, broker.broker.openConnections());
        assertEquals(0, broker.loop.setTimers());
    }

    @Test
    void disconnectWithAReasonEndsOneClient() {
        TestClient a = broker.client("a").in();
        assertTrue(broker.broker.disconnect("a", ReasonCode.ADMINISTRATIVE_ACTION));
        a.isDisconnected(ReasonCode.ADMINISTRATIVE_ACTION);
        assertFalse(broker.broker.disconnect("a", ReasonCode.ADMINISTRATIVE_ACTION));
    }

    @Test
    void namesOfClientsCannotForgeLogLines() {
        broker.client("a\nClient b disconnected.").in();
        assertFalse(broker.loop.lines().stream().anyMatch(line -> line.contains("\n")));
    }

    @Test
    @Statement({"MQTT-3.14.4-3"})
    void disconnectsInOrder() {
        TestClient a = broker.client("a").in();
        a.disconnect(new Disconnect(ReasonCode.NORMAL_DISCONNECTION, Properties.EMPTY)).getsNothing();
        assertEquals(0, a.pipe.code);
        assertTrue(broker.loop.logged("Client a disconnected."));
        assertEquals(0, broker.broker.stats().connected);
    }
}
