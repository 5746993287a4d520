package mqttq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.TimeZone;
import mqttq.mqtt.Message;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.wire.Json;
import mqttq.wire.Strftime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each code of -F prints what mosquitto_sub 2.0 prints for the same message; expectations were taken from it. */
class MessageFormatTest {
    private static final Properties ALL = Properties.builder().put(Property.CONTENT_TYPE, "text/pläin").put(Property.RESPONSE_TOPIC, "r/t")
        .put(Property.CORRELATION_DATA, "cörr".getBytes(StandardCharsets.UTF_8)).user("a", "b").user("c", "d\"e").put(Property.MESSAGE_EXPIRY_INTERVAL, 77)
        .put(Property.PAYLOAD_FORMAT_INDICATOR, 1).build();
    /** 2020-05-06T22:12:09.007008 UTC, a Wednesday. */
    private static final long WHEN = 1_588_803_129_007_008L;

    private static String print(String format, Message message, int packetId, int... identifiers) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            String problem = new MessageFormat(format, false, false, false).write(out, new MessageFormat.Received(message, packetId, 0, identifiers, WHEN));
            return out.toString(StandardCharsets.UTF_8) + (problem == null ? "" : problem);
        } catch (UsageException e) {
            return e.getMessage();
        }
    }

    private static Message full() {
        return Message.of("fmt/töpic", "12345".getBytes(), 1, false, ALL);
    }

    private static Message bare(String payload) {
        return Message.of("fmt/a", payload.getBytes(StandardCharsets.UTF_8), 0, false);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "%%; %", "%A; ''", "%C; text/pläin", "%D; cörr", "%E; 77", "%F; 1", "%l; 5", "%m; 1", "%P; a:b c:d\"e", "%p; 12345", "%q; 1", "%R; r/t", "%r; 0", "%S; 9",
        "%t; fmt/töpic", "%x; 3132333435", "%X; 3132333435", "[%5C]; [text/pläin]", "[%.2C]; [te]", "[%05E]; [00077]", "[%-5E]; [77   ]", "[%5F]; [    1]", "[%.1R]; [r]",
        "[%5S]; [    9]", "[%5D]; [cörr]", "[%3p]; [123]"})
    void everyCode(String format, String expected) {
        assertEquals(expected, print(format, full(), 1, 9));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', ignoreLeadingAndTrailingWhitespace = false, value = {
        "[%10t];[     fmt/a]", "[%-10t];[fmt/a     ]", "[%.3t];[fmt]", "[%010t];[     fmt/a]", "[%10.3t];[       fmt]", "[%-10.3t];[fmt       ]", "[%.t];[fmt/a]",
        "[%10p];[     abcde]", "[%-10p];[abcde     ]", "[%.3p];[abcde]", "[%010p];[00000abcde]", "[%12x];[  6162636465]", "[%4x];[6162]", "[%012X];[006162636465]",
        "[%5l];[    5]", "[%05l];[00005]", "[%-5l];[5    ]", "[%.1l];[5]", "[%5q];[0]", "[%03m];[000]", "[%5r];[0]", "[%5C];[     ]", "[%05E];[00000]", "[%5F];[     ]",
        "[%5R];[]", "[%05S];[00000]", "[%5A];[     ]", "[%5D][%5P];[][]", "\\\\ \\t \\a \\e \\r \\v \\0;\\ \t \u0007 \u001b \r \u000b \0"})
    void widthsFlagsAndEscapes(String format, String expected) {
        assertEquals(expected, print(format, bare("abcde"), 0));
    }

    @ParameterizedTest
    @CsvSource({"%, Incomplete format specifier.", "abc%5, Incomplete format specifier.", "@, Incomplete format specifier.", "%z, Invalid format specifier 'z'.",
        "%--5t, Invalid format specifier '-'.", "%0-5t, Invalid format specifier '-'.", "% t, Invalid format specifier ' '.", "\\q, Invalid escape specifier 'q'."})
    void wrongFormatsAreRefused(String format, String message) {
        assertEquals("Error: " + message, assertThrows(UsageException.class, () -> new MessageFormat(format, false, true, false)).getMessage());
    }

    @Test
    void jsonHasWhatTheMessageHas() {
        TimeZone before = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("GMT+01:00"));
        try {
            assertEquals("{\"tst\":\"2020-05-06T23:12:09.007008+0100\",\"topic\":\"fmt/töpic\",\"qos\":1,\"retain\":0,\"payloadlen\":5,\"mid\":1,\"properties\":{"
                + "\"subscription-identifier\":9,\"content-type\":\"text/pläin\",\"response-topic\":\"r/t\",\"correlation-data\":\"cörr\","
                + "\"user-properties\":{\"a\":\"b\",\"c\":\"d\\\"e\"},\"payload-format-indicator\":1,\"message-expiry-interval\":77},\"payload\":\"12345\"}", print("%j", full(), 1, 9));
        } finally {
            TimeZone.setDefault(before);
        }
    }

    private static String payloadOf(String format, String payload) {
        String json = print(format, bare(payload), 0);
        return json.startsWith("Error") ? json : json.substring(json.indexOf("\"payload\":") + 10, json.length() - 1);
    }

    @Test
    void jsonQuotesThePayloadOrTakesItAsItIs() {
        assertEquals("\"hi \\\"x\\\"\"", payloadOf("%j", "hi \"x\""));
        assertEquals("\"a\\tb\\u0001\u007f\\\\/é\"", payloadOf("%j", "a\tb\u0001\u007f\\/é"));
        assertEquals("null", payloadOf("%j", ""));
        assertEquals("null", payloadOf("%J", ""));
        assertEquals("{\"a\":[1,2.50,{\"b\":null}],\"c\":true,\"d\":{},\"e\":[]}", payloadOf("%J", " {\"a\":[1,2.50,{\"b\":null}], \"c\" : true ,\"d\":{ },\"e\":[\n]} "));
        assertEquals("Error: Message payload is not valid JSON on topic fmt/a.", payloadOf("%J", "hi"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "}", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "01", "1.", "-", "1e", "tru", "\"a", "\"\\x\"", "\"\\u12g4\"", "[1 2]", "{\"a\":1 \"b\":2}", "1 2", "\"\n\"", ",", "{,}"})
    void whatIsNoJsonIsNotCopied(String text) {
        assertEquals(false, new Json().copy(text.getBytes(), 0, text.length()), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0.5e+10", "\"\\u00e9\\n\"", "[[],[[]]]", "{\"\":{}}", "true", "null", "1E5"})
    void whatIsJsonIsCopied(String text) {
        Json out = new Json();
        assertEquals(true, out.copy(text.getBytes(), 0, text.length()));
        assertEquals(text, out.toString());
    }

    @Test
    void deepJsonIsNotJson() {
        assertEquals(false, new Json().copy("[".repeat(100_000).getBytes(), 0, 100_000));
    }

    @Test
    void prettyJsonHasTabs() throws UsageException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertNull(new MessageFormat("%J", false, true, true).write(out, new MessageFormat.Received(bare("{\"a\":[1,2],\"b\":{\"c\":1}}"), 0, 0, new int[0], WHEN)));
        String json = out.toString();
        assertEquals("{\n\t\"tst\":\t\"", json.substring(0, 11));
        assertEquals("\t\"qos\":\t0,\n\t\"retain\":\t0,\n\t\"payloadlen\":\t23,\n\t\"payload\":\t{\n\t\t\"a\":\t[1, 2],\n\t\t\"b\":\t{\n\t\t\t\"c\":\t1\n\t\t}\n\t}\n}\n", json.substring(json.indexOf("\t\"qos")));
    }

    private static String plain(boolean verbose, boolean newline, String payload) throws UsageException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new MessageFormat(null, verbose, newline, false).write(out, new MessageFormat.Received(bare(payload), 0, 0, new int[0], WHEN));
        return out.toString();
    }

    @Test
    void withoutAFormatThePayloadIsPrintedAndTheTopicInFrontOfIt() throws UsageException {
        assertEquals("x\n", plain(false, true, "x"));
        assertEquals("x", plain(false, false, "x"));
        assertEquals("", plain(false, true, ""));
        assertEquals("fmt/a x\n", plain(true, true, "x"));
        assertEquals("fmt/a (null)\n", plain(true, true, ""));
        assertEquals("", plain(true, false, ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
        "a|Wed", "A|Wednesday", "b|May", "B|May", "h|May", "c|Wed May  6 22:12:09 2020", "C|20", "d|06", "D|05/06/20", "e| 6", "F|2020-05-06", "g|20", "G|2020", "H|22", "I|10",
        "j|127", "k|22", "l|10", "m|05", "M|12", "N|007008000", "p|PM", "P|pm", "r|10:12:09 PM", "R|22:12", "s|1588803129", "S|09", "T|22:12:09", "u|3", "U|18", "V|19", "w|3",
        "W|18", "x|05/06/20", "X|22:12:09", "y|20", "Y|2020", "z|+0000", "@|@", "%|%", "%|%", "q|%q"})
    void timesAreThoseOfStrftime(char code, String expected) {
        assertEquals(expected, new Strftime(WHEN, ZoneOffset.UTC, new StringBuilder()).convert(code).toString());
    }

    @Test
    void zonesAreNamedAndCounted() {
        assertEquals("-0230 NDT", new Strftime(WHEN, ZoneId.of("America/St_Johns"), new StringBuilder()).convert('z').append(' ').toString()
            + new Strftime(WHEN, ZoneId.of("America/St_Johns"), new StringBuilder()).convert('Z'));
        assertEquals("2020-05-06T22:12:09+0000", new Strftime(WHEN, ZoneOffset.UTC, new StringBuilder()).iso(0).toString());
        assertEquals("1588803129.007008000", new Strftime(WHEN, ZoneOffset.UTC, new StringBuilder()).unix().toString());
    }
}
