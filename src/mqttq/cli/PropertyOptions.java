package mqttq.cli;

import java.util.Locale;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;

/** What {@code -D COMMAND PROPERTY [NAME] VALUE} puts together: properties for the packets that a client sends. */
final class PropertyOptions {
    final Properties.Builder connect = Properties.builder(), publish = Properties.builder(), subscribe = Properties.builder(),
        unsubscribe = Properties.builder(),
        disconnect = Properties.builder(), will = Properties.builder();
    boolean willGiven;

    /** Takes the arguments of one {@code -D}. */
    void take(Arguments rest) throws UsageException {
        if (rest.left() < 3) throw tooFew();
        String command = rest.next(), name = rest.next();
        PacketType packet = switch (command.toLowerCase(Locale.ROOT)) {
            case "connect" -> PacketType.CONNECT;
            case "publish" -> PacketType.PUBLISH;
            case "subscribe" -> PacketType.SUBSCRIBE;
            case "unsubscribe" -> PacketType.UNSUBSCRIBE;
            case "disconnect" -> PacketType.DISCONNECT;
            case "will" -> null;
            default -> throw new UsageException("Error: Invalid command given in --property argument.");
        };
        willGiven |= packet == null;
        Properties.Builder to = packet == null ? will : switch (packet) {
            case CONNECT -> connect;
            case PUBLISH -> publish;
            case SUBSCRIBE -> subscribe;
            case UNSUBSCRIBE -> unsubscribe;
            default -> disconnect;
        };
        Property property = property(name);
        if (property == null) throw new UsageException("Error: Invalid property name given in --property argument.");
        if (!property.allowedIn(packet)) {
            throw new UsageException("Error: " + name + " property not allowed for " + command + " in --property argument.");
        }
        if (property == Property.USER_PROPERTY && rest.left() < 2) throw tooFew();
        try {
            switch (property.type) {
                case UTF8_STRING_PAIR -> to.user(rest.next(), rest.next());
                case UTF8_STRING -> to.put(property, rest.next());
                case BINARY_DATA -> to.put(property, ClientOptions.bytes(rest.next()));
                default -> number(to, property, name, rest.next());
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException("Error: Unable to add " + name + " property: " + e.getMessage() + ".");
        }
    }

    private static void number(Properties.Builder to, Property property, String name, String value) throws UsageException {
        try {
            to.put(property, Long.parseLong(value));
        } catch (NumberFormatException e) {
            throw new UsageException("Error: Property value (" + value + ") is no number for property " + name + ".");
        } catch (IllegalArgumentException e) {
            if (e.getMessage().endsWith("twice")) throw e;
            throw new UsageException("Error: Property value (" + value + ") out of range for property " + name + ".");
        }
    }

    private static Property property(String name) {
        for (Property property : Property.values()) {
            if (property.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(name)) return property;
        }
        return null;
    }

    private static UsageException tooFew() {
        return new UsageException("Error: --property argument given but not enough arguments specified.");
    }
}
