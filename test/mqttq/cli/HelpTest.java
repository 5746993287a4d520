package mqttq.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HelpTest {
    @Test
    void everyCommandThatIsListedHasAText() {
        Matcher commands = Pattern.compile("(?m)^  (\\w+) ").matcher(Help.usage());
        int count = 0;
        for (; commands.find(); count++) {
            String text = Help.of(commands.group(1));
            assertTrue(Help.has(commands.group(1)) && text.startsWith("Usage: java -jar mqttq.jar " + commands.group(1) + " "), text);
            for (String line : text.split("\n")) assertTrue(line.length() <= 150 && !line.endsWith(" "), line);
        }
        assertTrue(count == 7, count + " commands");
        assertFalse(Help.has("nonsense"));
    }
}
