package mqttq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Lists each section of RFC 9000, 9001 and 9002 that has a MUST, the sentences, and the places in {@code src} that cite the section.
 * {@code make citations SPEC=DIR}: DIR holds the RFCs' sources in Markdown as rfc9000.md, rfc9001.md, rfc9002.md.
 */
final class Citations {
    private static final Map<String, Pattern> RANGES = new LinkedHashMap<>();

    static {
        RANGES.put("9000", Pattern.compile("(5|6|7|8|9|10|11|12|13|14|17|18|19)(\\..*)?"));
        RANGES.put("9001", Pattern.compile("[4-6](\\..*)?"));
        RANGES.put("9002", Pattern.compile("[5-7](\\..*)?"));
    }

    /** "RFC 9000 §§10.2, 10.3 and §12.4": the number, then every section after it until something else begins. */
    private static final Pattern CITATION = Pattern.compile("RFC (900[0-2]) ((?:§{1,2}[0-9.]+(?:, | and |-|; )?(?:[0-9][0-9.]*(?:, | and )?)*)+)"), SECTION = Pattern.compile("[0-9]+(?:\\.[0-9]+)*");

    public static void main(String[] args) throws IOException {
        Map<String, List<String>> cited = cited();
        int sections = 0, uncited = 0;
        for (String rfc : RANGES.keySet()) {
            for (Map.Entry<String, List<String>> section : musts(Path.of(args[0], "rfc" + rfc + ".md"), RANGES.get(rfc)).entrySet()) {
                String key = rfc + " " + section.getKey().split(" ")[0];
                List<String> places = cited.getOrDefault(key, List.of());
                sections++;
                if (places.isEmpty()) uncited++;
                System.out.println((places.isEmpty() ? "NOT CITED " : "") + "RFC " + rfc + " §" + section.getKey());
                for (String must : section.getValue()) System.out.println("    - " + must);
                for (String place : places) System.out.println("    " + place);
            }
        }
        System.out.println(sections + " sections with a MUST, " + (sections - uncited) + " cited, " + uncited + " not");
    }

    private static Map<String, List<String>> cited() throws IOException {
        Map<String, List<String>> cited = new LinkedHashMap<>();
        try (Stream<Path> sources = Files.walk(Path.of("src"))) {
            for (Path source : sources.filter(p -> p.toString().endsWith(".java")).sorted().toList()) {
                int number = 0;
                for (String line : Files.readAllLines(source)) {
                    number++;
                    for (Matcher citation = CITATION.matcher(line); citation.find(); ) {
                        for (Matcher section = SECTION.matcher(citation.group(2)); section.find(); ) {
                            cited.computeIfAbsent(citation.group(1) + " " + section.group(), k -> new ArrayList<>()).add(source + ":" + number);
                        }
                    }
                }
            }
        }
        return cited;
    }

    /** Section number and title to its sentences with MUST; sections are numbered as the RFC Editor does, by counting headings. */
    private static Map<String, List<String>> musts(Path rfc, Pattern range) throws IOException {
        Map<String, List<String>> musts = new LinkedHashMap<>();
        int[] numbers = new int[6];
        StringBuilder text = new StringBuilder();
        String title = null;
        boolean body = false, fenced = false;
        for (String line : Files.readAllLines(rfc)) {
            if (line.startsWith("--- middle")) body = true;
            if (line.startsWith("--- back")) break;
            if (line.startsWith("~~~") || line.startsWith("```")) fenced = !fenced;
            if (!body || fenced || !line.startsWith("#")) {
                text.append(line.isBlank() ? "\n\n" : line + " ");
                continue;
            }
            add(musts, title, text, range);
            int depth = line.indexOf(' ');
            numbers[depth - 1]++;
            for (int i = depth; i < numbers.length; i++) numbers[i] = 0;
            StringBuilder number = new StringBuilder();
            for (int i = 0; i < depth; i++) number.append(i == 0 ? "" : ".").append(numbers[i]);
            title = number + " " + line.substring(depth + 1).replaceFirst("\\s*\\{.*", "");
        }
        add(musts, title, text, range);
        return musts;
    }

    private static void add(Map<String, List<String>> musts, String title, StringBuilder text, Pattern range) {
        if (title != null && range.matcher(title.split(" ")[0]).matches()) {
            for (String sentence : text.toString().split("(?<=[.:])\\s+|\n\n")) {
                if (sentence.contains("MUST")) musts.computeIfAbsent(title, t -> new ArrayList<>()).add(sentence.replaceAll("\\s+", " ").strip());
            }
        }
        text.setLength(0);
    }
}
