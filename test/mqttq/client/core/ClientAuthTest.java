package mqttq.client.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.wire.Scram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SCRAM-SHA-256 as the client speaks it, with a broker that does not keep to it. */
class ClientAuthTest {
    private static final String METHOD = Scram.SHA_256;
    private final ClientWorld w = new ClientWorld();

    /** Returns the client's nonce. */
    private String started() {
        w.broker.connack = null;
        w.client(new Connect(ProtocolVersion.MQTT_5, false, "c", true, 60, null, "user", "pencil".getBytes(),
            Properties.builder().put(Property.AUTHENTICATION_METHOD, METHOD).build()));
        w.client.start();
        w.run();
        String connect = w.broker.packets().get(0), start = "CONNECT c clean n,,n=user,r=";
        assertTrue(connect.startsWith(start), connect); // and no password
        return connect.substring(start.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "r=$,s=QSXCR+Q6sek8bf92,i=4096", "r=x$1,s=QSXCR+Q6sek8bf92,i=4096", "r=$1,s=QSXCR+Q6sek8bf92", "r=$1,s=???,i=4096", "r=$1,s=QSXCR+Q6sek8bf92,i=0",
        "r=$1,s=QSXCR+Q6sek8bf92,i=10000001", "r=$1,s=QSXCR+Q6sek8bf92,i=x", "m=1,r=$1,s=QSXCR+Q6sek8bf92,i=4096"})
    void aChallengeThatIsNoneEndsTheConnection(String challenge) {
        String nonce = started();
        w.broker.auth(ReasonCode.CONTINUE_AUTHENTICATION, METHOD, challenge.replace("$", nonce));
        w.run();
        w.broker.expect("DISCONNECT PROTOCOL_ERROR", "end");
        w.told("over: the broker broke the protocol: not a challenge of SCRAM-SHA-256");
    }

    @Test
    void anotherMethodASecondChallengeOrAnEarlyEndIsOutOfTurn() {
        String nonce = started();
        w.broker.auth(ReasonCode.CONTINUE_AUTHENTICATION, "OTHER", "");
        w.run();
        w.told("over: the broker broke the protocol: AUTH out of turn");
        w.broker.packets();
        nonce = started();
        w.broker.auth(ReasonCode.SUCCESS, METHOD, "v=");
        w.run();
        w.told("over: the broker broke the protocol: AUTH out of turn");
        w.broker.packets();
        nonce = started();
        w.broker.auth(ReasonCode.CONTINUE_AUTHENTICATION, METHOD, "r=" + nonce + "1,s=QSXCR+Q6sek8bf92,i=1");
        w.broker.auth(ReasonCode.CONTINUE_AUTHENTICATION, METHOD, "r=" + nonce + "2,s=QSXCR+Q6sek8bf92,i=1");
        w.run();
        w.told("over: the broker broke the protocol: not a challenge of SCRAM-SHA-256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v=QSXCR+Q6sek8bf92"})
    void aBrokerThatDoesNotKnowThePasswordIsNotTrusted(String proof) {
        String nonce = started();
        w.broker.auth(ReasonCode.CONTINUE_AUTHENTICATION, METHOD, "r=" + nonce + "1,s=QSXCR+Q6sek8bf92,i=10");
        w.run();
        String auth = w.broker.packets().get(0);
        assertTrue(auth.startsWith("AUTH CONTINUE_AUTHENTICATION c=biws,r=" + nonce + "1,p="), auth);
        w.broker.connack(new Connack(false, ReasonCode.SUCCESS, ScriptedBroker.proof(METHOD, proof.isEmpty() ? null : proof)));
        w.run();
        w.broker.expect("DISCONNECT NOT_AUTHORIZED", "end");
        w.told("over: the broker broke the protocol: it does not prove that it knows the password");
    }

    @Test
    void successWithoutAnExchangeIsNotTrustedEither() {
        started();
        w.broker.connack(new Connack(false, ReasonCode.SUCCESS, Properties.EMPTY));
        w.run();
        w.told("over: the broker broke the protocol: it does not prove that it knows the password");
    }

    @Test
    void whoDidNotAskGetsNoAuth() {
        w.client(ClientWorld.v5()).connected();
        w.broker.auth(ReasonCode.CONTINUE_AUTHENTICATION, METHOD, "");
        w.run();
        assertFalse(w.client.reauthenticate(null, null));
        w.broker.expect("DISCONNECT PROTOCOL_ERROR", "end");
    }
}
