package mqttq.broker;

import mqttq.auth.Access;
import mqttq.auth.Authenticator;
import mqttq.auth.Login;
import mqttq.auth.Permissions;
import mqttq.config.BrokerSettings;
import mqttq.link.MqttLink;
import mqttq.loop.Log;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Utf8;
import mqttq.mqtt.Will;

/** From CONNECT until the client is let in or refused; enhanced authentication (MQTT 5 §4.12), the one to come in and later ones. */
final class Admission implements Authenticator.Result {
    private final Broker broker;
    private final Connection connection;
    private final MqttLink link;
    private final ListenerSettings settings;
    private final boolean v5;
    private String clientId, name;
    /** What the connection takes over when the client is let in; CONNECT is null from then on. Keep-alive and expiry in seconds. */
    Connect connect;
    Will will;
    Login login;
    Permissions permissions;
    int keepAlive;
    long sessionExpiry;
    /** Of enhanced authentication: CONNECT's method or null, what is under way or null, and what goes along with CONNACK. */
    private final String method;
    private Authenticator.Exchange exchange;
    private byte[] lastAnswer;

    Admission(Broker broker, Connection connection, MqttLink link, ListenerSettings settings, Connect connect) {
        this.broker = broker;
        this.connection = connection;
        this.link = link;
        this.settings = settings;
        this.connect = connect;
        v5 = connect.version() == ProtocolVersion.MQTT_5;
        method = connect.authenticationMethod();
    }

    /** Whether the client may authenticate again. */
    boolean enhanced() { return method != null; }

    /** Takes CONNECT. */
    void begin() {
        link.maximumPacketSize(connect.maximumPacketSize());
        if ((settings.protocolVersions() >> connect.version().level & 1) == 0) {
            connection.refuse(ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
                "Invalid protocol version " + connect.version().level + " in CONNECT from " + Broker.address(link) + ".");
            return;
        }
        clientId = connect.clientId();
        if (clientId.isEmpty()) {
            // [MQTT-3.1.3-5] and, for MQTT 3.1.1, [MQTT-3.1.3-8]: an identifier is only given for a session that ends with the connection
            boolean mayAssign = settings.allowZeroLengthClientId() && connect.version() != ProtocolVersion.MQTT_3_1
                && (v5 || connect.cleanStart());
            if (!mayAssign) {
                // 0x85 is a MAY; as Mosquitto
                connection.refuse(v5 ? ReasonCode.UNSPECIFIED_ERROR : ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, null);
                return;
            }
            clientId = broker.newClientId(settings.autoIdPrefix());
        }
        named();
        will = connect.will();
        if (method != null && (exchange = settings.authenticator().exchange(method, broker.connectInfo(link, clientId, connect))) == null) {
            connection.refuse(ReasonCode.BAD_AUTHENTICATION_METHOD, null); // [MQTT-4.12.0-1]
            return;
        }
        if (will != null && !willFits()) return;
        connection.authenticating();
        if (exchange != null) {
            link.onlyAuth(true);
            step(connect.authenticationData());
            return;
        }
        link.read(false);
        if (connect.password() == null || link.proven()) authenticate();
        else link.whenConfirmed(this::authenticate); // so that a wrong one does not count for whose address it is not
    }

    private void authenticate() {
        if (connection.isAuthenticating()) settings.authenticator().authenticate(broker.connectInfo(link, clientId, connect), this);
    }

    private void named() { connection.name(name = PacketLog.clean(clientId)); }

    @Override public void accepted(Login accepted) {
        if (!connection.isAuthenticating()) return;
        login = accepted;
        admit();
    }

    @Override public void refused(Authenticator.Refusal why) {
        if (connection.isAuthenticating()) fail(why);
    }

    private void fail(Authenticator.Refusal why) {
        if (why == Authenticator.Refusal.TRY_LATER) {
            broker.stats.hit(Limit.FAILED_LOGINS);
            failed(" refused: too many failed logins from its address, or too many passwords to check.", ReasonCode.QUOTA_EXCEEDED);
        } else notAuthorized(why == Authenticator.Refusal.BAD_USER_NAME ? ReasonCode.BAD_USER_NAME_OR_PASSWORD : ReasonCode.NOT_AUTHORIZED);
    }

    private void notAuthorized(ReasonCode reason) { failed(" disconnected, not authorised.", reason); }

    /** Logged also without connection messages: whoever guards the host counts these by the address. */
    private void failed(String line, ReasonCode reason) {
        if (!link.proven()) {
            link.whenConfirmed(() -> { if (connection.isAuthenticating()) failed(line, reason); });
            return;
        }
        if (broker.logs(Log.Level.NOTICE)) broker.log(Log.Level.NOTICE, "Client " + name + " [" + Broker.address(link) + "]" + line);
        if (connection.isConnected()) connection.disconnect(reason, null);
        else connection.refuse(reason, null);
    }

    void onAuth(Auth auth) throws MqttException {
        if (method == null) throw MqttException.protocolError("AUTH without Authentication Method in CONNECT"); // [MQTT-4.12.0-7]
        if (!method.equals(auth.authenticationMethod())) throw MqttException.protocolError("another Authentication Method than in CONNECT");
        boolean again = auth.reasonCode() == ReasonCode.REAUTHENTICATE;
        if (again ? !connection.isConnected() || exchange != null : exchange == null) throw MqttException.protocolError("AUTH out of turn");
        if (again) exchange = settings.authenticator().exchange(method, broker.connectInfo(link, clientId, null));
        if (exchange == null) throw new MqttException(ReasonCode.BAD_AUTHENTICATION_METHOD, "no such authentication method any more");
        step(auth.authenticationData());
    }

    /** One more step of an enhanced authentication. */
    private void step(byte[] data) {
        byte[] answer = data == null ? null : exchange.answer(data);
        Login proved = exchange.login();
        boolean other = proved != null && login != null && !proved.userName().equals(login.userName()); // a session stays its user's
        if (other || data != null && answer == null) { // [MQTT-4.12.0-4], [MQTT-4.12.1-2]
            fail(other ? Authenticator.Refusal.NOT_AUTHORIZED : exchange.refusal());
            return;
        }
        Properties.Builder properties = Properties.builder().put(Property.AUTHENTICATION_METHOD, method); // [MQTT-4.12.0-5]
        if (answer != null) properties.put(Property.AUTHENTICATION_DATA, answer);
        if (proved != null) {
            login = proved;
            exchange = null;
        }
        if (proved != null && !connection.isConnected()) {
            lastAnswer = answer;
            link.onlyAuth(false);
            link.read(false);
            admit();
        } else { // [MQTT-4.12.0-2]
            if (proved != null) connection.login(proved);
            link.send(new Auth(proved == null ? ReasonCode.CONTINUE_AUTHENTICATION : ReasonCode.SUCCESS, properties.build()));
        }
    }

    private boolean willFits() {
        int limit = broker.settings().messageSizeLimit;
        if (limit > 0 && will.payload().length > limit) connection.refuse(ReasonCode.PACKET_TOO_LARGE, null);
        else if (will.qos() > settings.maxQos()) connection.refuse(ReasonCode.QOS_NOT_SUPPORTED, null); // [MQTT-3.2.2-12]
        // [MQTT-3.2.2-13]
        else if (will.retain() && !broker.settings().retainAvailable) connection.refuse(ReasonCode.RETAIN_NOT_SUPPORTED, null);
        else if (!broker.levelsFit(Topics.levels(will.topic()))
            || !Topics.isName(will.topic())) connection.refuse(ReasonCode.TOPIC_NAME_INVALID, null);
        else if (settings.mountPoint() == null) return true;
        else if (will.topic().length() + settings.mountPoint()
            .length() > Utf8.MAX_LENGTH / 4) connection.refuse(ReasonCode.TOPIC_NAME_INVALID, null);
        else {
            will = new Will(settings.mountPoint() + will.topic(), will.payload(), will.qos(), will.retain(), will.properties());
            return true;
        }
        return false;
    }

    /** The client is who it says. */
    private void admit() {
        if (settings.useUserNameAsClientId()) {
            if (login.userName() == null || login.userName().isEmpty()) {
                connection.refuse(ReasonCode.NOT_AUTHORIZED, null);
                return;
            }
            clientId = login.userName();
            named();
        }
        permissions = new Rights(clientId, login.userName(), settings.name(),
            settings.authorizer().permissions(clientId, login.userName()));
        if (will != null) {
            byte[] topic = Utf8.bytes(will.topic());
            if (Broker.isControl(topic, 0, topic.length)) {
                connection.disconnect(ReasonCode.NOT_AUTHORIZED, null); // as Mosquitto, without CONNACK
                return;
            }
            if (broker.reserved(topic, 0, topic.length) || !permissions.allowed(Access.WRITE, topic, 0, topic.length)) {
                notAuthorized(ReasonCode.NOT_AUTHORIZED);
                return;
            }
        }
        BrokerSettings limits = broker.settings();
        int serverKeepAlive = -1;
        keepAlive = connect.keepAlive();
        if (limits.maxKeepAlive > 0 && (keepAlive == 0 || keepAlive > limits.maxKeepAlive)) {
            if (!v5) {
                connection.refuse(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, null); // as Mosquitto: MQTT 3 has no other way to say it
                return;
            }
            keepAlive = serverKeepAlive = limits.maxKeepAlive;
        }
        long before = broker.state().position();
        Session found = broker.session(clientId);
        if (found != null && link.early() && (connect.cleanStart() || found.connection() != null)) {
            // what a replay must not do: end a session, or take one from who has it (RFC 9001 §9.2)
            link.whenConfirmed(this::admitConfirmed);
            return;
        }
        sessionExpiry = limits.capExpiry(connect.sessionExpiryInterval());
        if (cannotKeep(found != null && found.kept())) {
            connection.refuse(ReasonCode.QUOTA_EXCEEDED, null);
            return;
        }
        if (found != null && found.connection() != null) found.connection().takenOver(connect.cleanStart());
        else if (found != null) found.cancelWill(); // [MQTT-3.1.2-8]: also where the session ends now
        found = broker.session(clientId); // it may have ended with its connection
        boolean present = found != null && !connect.cleanStart(); // [MQTT-3.1.2-4], [MQTT-3.1.2-5]
        if (found == null && broker.full()) {
            connection.refuse(ReasonCode.QUOTA_EXCEEDED, null);
            return;
        }
        if (found != null && !present) broker.end(found, false);
        logConnected();
        Connack connack = new Connack(present, ReasonCode.SUCCESS, v5 ? connackProperties(serverKeepAlive) : Properties.EMPTY);
        connection.letIn(this, present ? found : broker.newSession(clientId), connack, before);
        connect = null;
    }

    /** Whether a kept session would begin or end that the journal cannot write now. */
    private boolean cannotKeep(boolean kept) {
        if (!kept) return sessionExpiry > 0 && broker.state().error() != null;
        return broker.state().stuck() && (connect.cleanStart() || sessionExpiry == 0);
    }

    private void admitConfirmed() { if (connection.isAuthenticating()) admit(); }

    private Properties connackProperties(int serverKeepAlive) {
        BrokerSettings limits = broker.settings();
        Properties.Builder properties = Properties.builder(); // in Mosquitto's order
        if (serverKeepAlive >= 0) properties.put(Property.SERVER_KEEP_ALIVE, serverKeepAlive); // [MQTT-3.2.2-22]
        if (settings.maxTopicAlias() > 0) properties.put(Property.TOPIC_ALIAS_MAXIMUM, settings.maxTopicAlias());
        if (!clientId.equals(connect.clientId())) properties.put(Property.ASSIGNED_CLIENT_IDENTIFIER, clientId); // [MQTT-3.1.3-7]
        if (method != null) properties.put(Property.AUTHENTICATION_METHOD, method).put(Property.AUTHENTICATION_DATA, lastAnswer);
        if (sessionExpiry != connect.sessionExpiryInterval()) properties.put(Property.SESSION_EXPIRY_INTERVAL, sessionExpiry);
        if (!limits.retainAvailable) properties.put(Property.RETAIN_AVAILABLE, 0);
        if (limits.tellsMaxPacketSize()) properties.put(Property.MAXIMUM_PACKET_SIZE, limits.maxPacketSize);
        if (limits.maxInflightMessages < 0xffff) properties.put(Property.RECEIVE_MAXIMUM, limits.maxInflightMessages);
        if (settings.maxQos() < 2) properties.put(Property.MAXIMUM_QOS, settings.maxQos());
        if (!limits.wildcardSubscriptions) properties.put(Property.WILDCARD_SUBSCRIPTION_AVAILABLE, 0);
        if (!limits.subscriptionIdentifiers) properties.put(Property.SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0);
        if (!limits.sharedSubscriptions) properties.put(Property.SHARED_SUBSCRIPTION_AVAILABLE, 0);
        return properties.build();
    }

    private void logConnected() {
        if (broker.settings().connectionMessages && broker.logs(Log.Level.NOTICE)) {
            int p = v5 ? 5 : connect.version() == ProtocolVersion.MQTT_3_1_1 ? 2 : 1; // as Mosquitto numbers them
            broker.log(Log.Level.NOTICE, "New client connected from " + Broker.address(link) + " as " + name + " (p" + p + ", c"
                + (connect.cleanStart() ? 1 : 0) + ", k" + keepAlive
                + (login.userName() == null ? ")." : ", u'" + PacketLog.clean(login.userName()) + "')."));
        }
        if (!broker.packets.on()) return;
        broker.packets.debug(will == null ? "No will message specified."
            : "Will message specified (" + will.payload().length + " bytes) (r" + (will.retain() ? 1 : 0) + ", q" + will.qos() + ").");
        if (will != null) broker.packets.debug("\t" + PacketLog.clean(will.topic()));
        broker.packets.debug("Sending CONNACK to " + name + " (0, 0)");
    }
}
