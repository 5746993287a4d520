package mqttq.auth;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import mqttq.mqtt.Topics;

/**
 * An ACL file, as Mosquitto reads it: {@code user NAME}, {@code topic [read|write|readwrite|deny] FILTER}, {@code pattern …}. Immutable.
 */
final class Acl {
    static final Rule[] NONE = {};
    private static final int READ = 1, WRITE = 2;
    private static final Rule ONE_CLIENT = new Rule("$SYS/broker/quic/clients/#", READ);

    /** One line: a filter, and what it grants; no bit denies. */
    static final class Rule {
        final String text;
        final byte[] filter;
        private final int grants;
        /** Grants also what {@code $SYS} says of single clients, who and where they are: {@code $SYS/#} does not mean that. */
        private final boolean names;

        Rule(String text, int grants) {
            this.text = text;
            this.filter = text.getBytes(StandardCharsets.UTF_8);
            this.grants = grants;
            names = text.startsWith("$SYS/broker/quic/");
        }

        boolean denies() { return grants == 0; }
        boolean decides(int bit) { return grants == 0 || (grants & bit) != 0; }
        boolean matches(byte[] topic, int offset, int length) { return Topics.matches(filter, 0, filter.length, topic, offset, length); }

        /** Whether it is meant for this topic too, which it matches. */
        private boolean extendsTo(byte[] topic, int offset, int length) {
            return names || denies() || topic[offset] != '$' || !ONE_CLIENT.matches(topic, offset, length);
        }
    }

    private final Map<String, Rule[]> users;
    private final Rule[] anonymous, patterns;

    private Acl(Map<String, Rule[]> users, Rule[] anonymous, Rule[] patterns) {
        this.users = users;
        this.anonymous = anonymous;
        this.patterns = patterns;
    }

    /** @param warnings gets a line for each line that looks wrong @throws AccessFileException naming the file, its line and the cause */
    static Acl load(Path file, List<String> warnings) throws AccessFileException {
        Map<String, List<Rule>> users = new HashMap<>();
        List<Rule> anonymous = new ArrayList<>(), patterns = new ArrayList<>(), current = anonymous;
        List<String> lines = PasswordFile.lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).replace('\t', ' ').trim(), where = file + ":" + (i + 1) + ": ";
            if (line.isEmpty() || line.startsWith("#")) continue;
            int blank = line.indexOf(' ');
            String key = blank < 0 ? line : line.substring(0, blank), rest = blank < 0 ? "" : line.substring(blank + 1).trim();
            switch (key) {
                case "user" -> {
                    if (rest.isEmpty()) throw new AccessFileException(where + "Missing username after 'user'.");
                    current = users.get(rest);
                    if (current == null) users.put(rest, current = new ArrayList<>());
                }
                case "topic" -> add(current, rule(rest, where));
                case "pattern" -> {
                    Rule rule = rule(rest, where);
                    if (!hasLevel(rule.text, "%c") && !hasLevel(rule.text, "%u")) {
                        warnings.add("Warning: " + where + "ACL pattern '" + rule.text + "' does not contain '%c' or '%u' as a level.");
                    }
                    add(patterns, rule);
                }
                default -> throw new AccessFileException(where + "Invalid line in ACL file: '" + key + "' is not user, topic or pattern.");
            }
        }
        Map<String, Rule[]> arrays = new HashMap<>();
        for (Map.Entry<String, List<Rule>> user : users.entrySet()) arrays.put(user.getKey(), user.getValue().toArray(NONE));
        return new Acl(arrays, anonymous.toArray(NONE), patterns.toArray(NONE));
    }

    private static Rule rule(String text, String where) throws AccessFileException {
        if (text.isEmpty()) throw new AccessFileException(where + "Empty topic in ACL file.");
        int blank = text.indexOf(' '), grants = READ | WRITE;
        String filter = text;
        if (blank >= 0) {
            String access = text.substring(0, blank);
            filter = text.substring(blank + 1).trim();
            grants = switch (access) {
                case "read" -> READ;
                case "write" -> WRITE;
                case "readwrite" -> READ | WRITE;
                case "deny" -> 0;
                default -> throw new AccessFileException(where + "Invalid topic access type '" + access
                    + "': it must be read, write, readwrite or deny.");
            };
        }
        if (!Topics.isFilter(filter) || Topics.isShared(filter)) {
            throw new AccessFileException(where + "Invalid ACL topic '" + filter + "'.");
        }
        return new Rule(filter, grants);
    }

    /** Mosquitto looks at all that deny before any that grants. */
    private static void add(List<Rule> rules, Rule rule) {
        int at = rules.size();
        if (rule.denies()) {
            at = 0;
            while (at < rules.size() && rules.get(at).denies()) at++;
        }
        rules.add(at, rule);
    }

    /** The rules of a user; {@code null} is an anonymous client. */
    Rule[] rulesOf(String user) {
        Rule[] rules = user == null ? anonymous : users.get(user);
        return rules == null ? NONE : rules;
    }

    /**
     * The patterns with a client's names put in; null where they must grant nothing, since a name has a wildcard: with {@code +} as
     * its client id, {@code %c/data} would be everybody's.
     */
    Rule[] patternsOf(String clientId, String user) {
        if (patterns.length == 0) return NONE;
        if (Topics.hasWildcard(clientId) || user != null && Topics.hasWildcard(user)) return null;
        List<Rule> rules = new ArrayList<>();
        for (Rule pattern : patterns) {
            if (user == null && hasLevel(pattern.text, "%u")) continue;
            String[] levels = pattern.text.split("/", -1);
            for (int i = 0; i < levels.length; i++) {
                levels[i] = levels[i].equals("%c") ? clientId : levels[i].equals("%u") ? user : levels[i];
            }
            String text = String.join("/", levels);
            if (!text.isEmpty()) rules.add(new Rule(text, pattern.grants));
        }
        return rules.toArray(NONE);
    }

    private static boolean hasLevel(String filter, String level) { return ("/" + filter + "/").contains("/" + level + "/"); }

    /** What the rules say of a topic: above 0 granted, below 0 denied, 0 nothing. */
    static int verdict(Rule[] rules, Access access, byte[] topic, int offset, int length) {
        int bit = access == Access.READ ? READ : WRITE;
        for (Rule rule : rules) {
            if (rule.decides(bit) && rule.matches(topic, offset, length) && rule.extendsTo(topic, offset, length)) {
                return rule.denies() ? -1 : 1;
            }
        }
        return 0;
    }
}
