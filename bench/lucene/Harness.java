import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.monitor.HighlightsMatch;
import org.apache.lucene.monitor.MatcherFactory;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorConfiguration;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.MultiMatchingQueries;
import org.apache.lucene.monitor.MultipassTermFilteredPresearcher;
import org.apache.lucene.monitor.Presearcher;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.monitor.TermWeightor;
import org.apache.lucene.queries.spans.SpanNearQuery;
import org.apache.lucene.queries.spans.SpanQuery;
import org.apache.lucene.queries.spans.SpanTermQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/**
 * Lucene Monitor over the watches and articles of bench.match: java Harness WATCHES ARTICLES MATCHES WARM.
 *
 * Reads one watch a line (id, tab, query in prefix form) and one article a line (language, title, text; tabs between,
 * words already folded). The first WARM articles warm up; the others are measured. The presearcher gets its counts of
 * terms from all of them, which is more than it could know. Times are this thread's CPU, without that of the collector. Writes one JSON object a mode to standard
 * output, and the matches of the measured articles, a line each, to MATCHES.
 */
public final class Harness {
    private static final int BATCH = 64;
    private static final int GAP = 1_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private record Article(String language, String title, String text) {
        Document document() {
            Document made = new Document();
            made.add(new TextField("all", title, Field.Store.NO));
            made.add(new TextField("all", text, Field.Store.NO));
            made.add(new TextField("title", title, Field.Store.NO));
            made.add(new TextField("lang", language, Field.Store.NO));
            return made;
        }
    }

    /** The title and the text are one field, with room between them that no phrase crosses. */
    private static final class Words extends Analyzer {
        @Override
        protected TokenStreamComponents createComponents(String field) {
            return new TokenStreamComponents(new WhitespaceTokenizer());
        }

        @Override
        public int getPositionIncrementGap(String field) {
            return GAP;
        }
    }

    /** A query in prefix form: `A n …` all, `O n …` one of, `X q q` the first without the second, and leaves. */
    private static final class Reader {
        private final String[] tokens;
        private int at = 0;

        Reader(String text) {
            tokens = text.split(" ");
        }

        Query read() {
            String kind = tokens[at++];
            return switch (kind) {
                case "A" -> joined(Occur.MUST);
                case "O" -> joined(Occur.SHOULD);
                case "X" -> new BooleanQuery.Builder().add(read(), Occur.MUST).add(read(), Occur.MUST_NOT).build();
                case "W" -> words("all");
                case "T" -> words("title");
                case "P" -> new PrefixQuery(new Term("all", tokens[at++]));
                case "F" -> new FuzzyQuery(new Term("all", tokens[at++]), 1, 1, 50, false);
                case "L" -> new TermQuery(new Term("lang", tokens[at++]));
                case "N" -> near();
                default -> throw new IllegalArgumentException(kind);
            };
        }

        private Query joined(Occur occur) {
            int count = Integer.parseInt(tokens[at++]);
            BooleanQuery.Builder made = new BooleanQuery.Builder();
            for (int i = 0; i < count; i++) {
                made.add(read(), occur);
            }
            return made.build();
        }

        private Query words(String field) {
            int count = Integer.parseInt(tokens[at++]);
            if (count == 1) {
                return new TermQuery(new Term(field, tokens[at++]));
            }
            String[] words = Arrays.copyOfRange(tokens, at, at + count);
            at += count;
            return new PhraseQuery(field, words);
        }

        private Query near() {
            int distance = Integer.parseInt(tokens[at++]);
            return new SpanNearQuery(new SpanQuery[] {span(), span()}, distance, false);
        }

        private SpanQuery span() {
            at++; // W
            SpanQuery[] words = new SpanQuery[Integer.parseInt(tokens[at++])];
            for (int i = 0; i < words.length; i++) {
                words[i] = new SpanTermQuery(new Term("all", tokens[at++]));
            }
            return words.length == 1 ? words[0] : new SpanNearQuery(words, 0, true);
        }
    }

    private static List<Article> articles(String file) throws IOException {
        List<Article> found = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(Path.of(file))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] parts = line.split("\t", -1);
                found.add(new Article(parts[0], parts[1], parts[2]));
            }
        }
        return found;
    }

    private static List<MonitorQuery> watches(String file) throws IOException {
        List<MonitorQuery> found = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(Path.of(file))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                found.add(new MonitorQuery(line.substring(0, tab), new Reader(line.substring(tab + 1)).read()));
            }
        }
        return found;
    }

    /** Two passes, terms weighed by how often the articles have them: the best of what was tried. */
    private static Presearcher presearcher(List<Article> seen) {
        Map<String, Integer> counts = new HashMap<>();
        for (Article article : seen) {
            counts.merge(article.language(), 1, Integer::sum);
            for (String word : (article.title() + " " + article.text()).split(" ")) {
                counts.merge(word, 1, Integer::sum);
            }
        }
        TermWeightor weightor = TermWeightor.termFreqWeightor(counts, 1, 0.05);
        return new MultipassTermFilteredPresearcher(2, 0, weightor, List.of(), Set.of());
    }

    private record Timed(long[] nanoseconds, long matches, long queriesRun, List<Set<String>> found) {}

    private static <T extends QueryMatch> Timed run(
            Monitor monitor, List<Article> articles, int batch, MatcherFactory<T> factory) throws IOException {
        List<Long> times = new ArrayList<>();
        List<Set<String>> found = new ArrayList<>();
        long matches = 0;
        long queriesRun = 0;
        for (int start = 0; start < articles.size(); start += batch) {
            int end = Math.min(articles.size(), start + batch);
            long before = THREADS.getCurrentThreadCpuTime();
            Document[] documents = articles.subList(start, end).stream().map(Article::document).toArray(Document[]::new);
            MultiMatchingQueries<T> result = monitor.match(documents, factory);
            times.add(THREADS.getCurrentThreadCpuTime() - before);
            queriesRun += result.getQueriesRun();
            for (int i = 0; i < documents.length; i++) {
                Set<String> ids = new TreeSet<>();
                result.getMatches(i).forEach(match -> ids.add(match.getQueryId()));
                matches += ids.size();
                found.add(ids);
            }
        }
        return new Timed(times.stream().mapToLong(Long::longValue).toArray(), matches, queriesRun, found);
    }

    private static void tell(String mode, int batch, int count, Timed timed) {
        long[] sorted = timed.nanoseconds().clone();
        Arrays.sort(sorted);
        double seconds = Arrays.stream(sorted).sum() / 1e9;
        System.out.printf(
                "{\"hits\":\"%s\",\"batch\":%d,\"articles_per_s\":%.3f,\"p50_ms\":%.4f,\"p99_ms\":%.4f,"
                        + "\"matches_per_article\":%.3f,\"tried_per_article\":%.1f}%n",
                mode,
                batch,
                count / seconds,
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6,
                timed.matches() / (double) count,
                timed.queriesRun() / (double) count);
    }

    public static void main(String[] arguments) throws IOException {
        List<Article> articles = articles(arguments[1]);
        int warm = Integer.parseInt(arguments[3]);
        List<Article> seen = articles.subList(0, warm);
        List<Article> measured = articles.subList(warm, articles.size());
        IndexSearcher.setMaxClauseCount(100_000);
        List<MonitorQuery> watches = watches(arguments[0]);
        MonitorConfiguration configuration = new MonitorConfiguration().setQueryUpdateBufferSize(2_000);
        long before = THREADS.getCurrentThreadCpuTime();
        try (Monitor monitor = new Monitor(new Words(), presearcher(articles), configuration)) {
            monitor.register(watches);
            double built = (THREADS.getCurrentThreadCpuTime() - before) / 1e9;
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            double megabytes = (runtime.totalMemory() - runtime.freeMemory()) / 1e6;
            System.out.printf("{\"build_s\":%.3f,\"memory_mb\":%.1f}%n", built, megabytes);
            for (int batch : new int[] {1, BATCH}) {
                run(monitor, seen, batch, QueryMatch.SIMPLE_MATCHER);
                Timed without = run(monitor, measured, batch, QueryMatch.SIMPLE_MATCHER);
                tell("no", batch, measured.size(), without);
                run(monitor, seen, batch, HighlightsMatch.MATCHER);
                tell("yes", batch, measured.size(), run(monitor, measured, batch, HighlightsMatch.MATCHER));
                if (batch == 1) {
                    write(arguments[2], without.found());
                }
            }
        }
    }

    private static void write(String file, List<Set<String>> found) throws IOException {
        try (PrintStream out = new PrintStream(Files.newOutputStream(Path.of(file)))) {
            found.forEach(ids -> out.println(String.join(" ", ids)));
        }
    }
}
