import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Packet;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.codec.PacketEncoder;
import mqttq.wire.Digests;

/** One login over an open socket, right or wrong, plain or by SCRAM-SHA-256. */
final class Login {
    private static final String METHOD = "SCRAM-SHA-256", FIRST = "r=abcdefghijkl";
    private final Socket socket;
    private final DataInputStream in;

    private Login(Socket socket) throws IOException {
        this.socket = socket;
        in = new DataInputStream(socket.getInputStream());
    }

    /** The CONNACK's reason; 0: let in. {@code password} null with {@code scram}: a proof that is wrong and costs nothing. */
    static int of(Socket socket, String id, String user, String password, boolean scram) throws IOException {
        Login login = new Login(socket);
        Properties.Builder properties = Properties.builder();
        String first = "n=" + user + "," + FIRST;
        if (scram) properties.put(Property.AUTHENTICATION_METHOD, METHOD).put(Property.AUTHENTICATION_DATA, bytes("n,," + first));
        login.send(new Connect(ProtocolVersion.MQTT_5, false, id, true, 60, null, scram ? null : user, scram || password == null ? null : bytes(password),
            properties.build()));
        ByteBuffer answer = login.packet();
        if (answer.get() >> 4 == 2) return answer.get(2) & 0xff;
        login.send(new Auth(ReasonCode.CONTINUE_AUTHENTICATION, Properties.builder().put(Property.AUTHENTICATION_METHOD, METHOD)
            .put(Property.AUTHENTICATION_DATA, bytes(last(first, challenge(answer), password))).build()));
        return login.packet().get(2) & 0xff;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void send(Packet packet) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(PacketEncoder.size(ProtocolVersion.MQTT_5, packet));
        PacketEncoder.write(out, ProtocolVersion.MQTT_5, packet);
        socket.getOutputStream().write(out.array());
    }

    /** Its first byte, and what follows its length. */
    private ByteBuffer packet() throws IOException {
        byte first = in.readByte();
        int length = 0, shift = 0, part;
        do {
            part = in.readByte();
            length |= (part & 127) << shift;
            shift += 7;
        } while (part < 0);
        byte[] body = new byte[1 + length];
        body[0] = first;
        in.readFully(body, 1, length);
        return ByteBuffer.wrap(body);
    }

    /** Of an AUTH whose properties are shorter than 128 bytes. */
    private static String challenge(ByteBuffer auth) {
        auth.position(3);
        while (auth.hasRemaining()) {
            int property = auth.get();
            byte[] value = new byte[auth.getShort()];
            auth.get(value);
            if (property == 0x16) return new String(value, StandardCharsets.UTF_8);
        }
        throw new IllegalStateException("no challenge");
    }

    /** RFC 5802 §3. */
    private static String last(String first, String challenge, String password) {
        String[] parts = challenge.split(",");
        String without = "c=biws," + parts[0];
        byte[] proof = new byte[32];
        if (password != null) {
            byte[] salted = Digests.pbkdf2("HmacSHA256", bytes(password), Base64.getDecoder().decode(parts[1].substring(2)), Integer.parseInt(parts[2].substring(2)));
            byte[] key = Digests.hmac(salted, "Client Key"), signature = Digests.hmac(Digests.sha256(key), first + "," + challenge + "," + without);
            for (int i = 0; i < 32; i++) proof[i] = (byte) (key[i] ^ signature[i]);
        }
        return without + ",p=" + Base64.getEncoder().encodeToString(proof);
    }
}
