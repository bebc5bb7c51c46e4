import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.monitor.HighlightsMatch;
import org.apache.lucene.monitor.MatcherFactory;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorConfiguration;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.MultiMatchingQueries;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.search.IndexSearcher;

/**
 * Lucene Monitor over the watches and articles of bench.match: java Harness WATCHES ARTICLES MATCHES WARM.
 *
 * Reads one watch a line (id, tab, query in prefix form) and one article a line (language, title, text; tabs between,
 * words already folded). The first WARM articles warm up, the others are measured; of three rounds the best is told, so
 * that the compiler of the virtual machine has done its work. Times are this thread's CPU, without that of the
 * collector. Writes one JSON object a mode to standard output, and the matches of the measured articles, a line each,
 * to MATCHES.
 *
 * The peer has every setting found that makes it faster while it finds the same: see Presearchers for what keeps
 * queries from being run, Queries for how they are built, Telling for how matches and their places are gathered. With
 * -Das.it.comes=true it has Lucene's own queries, matches and highlights instead, and its own presearcher of two passes;
 * the weights of words, the rounds and the collector stay.
 */
public final class Harness {
    private static final int BATCH = 64;
    private static final int GAP = 1_000;
    private static final int ROUNDS = 3;

    /** Set by -Das.it.comes=true. */
    static final boolean AS_IT_COMES = Boolean.getBoolean("as.it.comes");

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    record Article(String language, String title, String text) {
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
                found.add(new MonitorQuery(line.substring(0, tab), new Queries(line.substring(tab + 1)).read()));
            }
        }
        return found;
    }

    private record Timed(long[] nanoseconds, long matches, long places, long queriesRun, List<Set<String>> found) {
        double seconds() {
            return Arrays.stream(nanoseconds).sum() / 1e9;
        }
    }

    private static Timed run(Monitor monitor, List<Article> articles, int batch, boolean wantsPlaces)
            throws IOException {
        if (!AS_IT_COMES) {
            return run(monitor, articles, batch, Telling.factory(wantsPlaces), told -> told.places().size());
        }
        return wantsPlaces
                ? run(monitor, articles, batch, HighlightsMatch.MATCHER, HighlightsMatch::getHitCount)
                : run(monitor, articles, batch, QueryMatch.SIMPLE_MATCHER, told -> 0);
    }

    private static <T extends QueryMatch> Timed run(
            Monitor monitor, List<Article> articles, int batch, MatcherFactory<T> factory, ToIntFunction<T> placesOf)
            throws IOException {
        List<Long> times = new ArrayList<>();
        List<Set<String>> found = new ArrayList<>();
        long matches = 0;
        long places = 0;
        long queriesRun = 0;
        for (int start = 0; start < articles.size(); start += batch) {
            int end = Math.min(articles.size(), start + batch);
            long before = THREADS.getCurrentThreadCpuTime();
            List<Article> together = articles.subList(start, end);
            Document[] documents = together.stream().map(Article::document).toArray(Document[]::new);
            MultiMatchingQueries<T> result = monitor.match(documents, factory);
            times.add(THREADS.getCurrentThreadCpuTime() - before);
            queriesRun += result.getQueriesRun();
            for (int i = 0; i < documents.length; i++) {
                Set<String> ids = new TreeSet<>();
                for (T told : result.getMatches(i)) {
                    ids.add(told.getQueryId());
                    places += placesOf.applyAsInt(told);
                }
                matches += ids.size();
                found.add(ids);
            }
        }
        long[] nanoseconds = times.stream().mapToLong(Long::longValue).toArray();
        return new Timed(nanoseconds, matches, places, queriesRun, found);
    }

    private static Timed best(
            Monitor monitor, List<Article> seen, List<Article> measured, int batch, boolean wantsPlaces)
            throws IOException {
        Timed best = null;
        for (int round = 0; round < ROUNDS; round++) {
            run(monitor, seen, batch, wantsPlaces);
            Timed timed = run(monitor, measured, batch, wantsPlaces);
            best = best == null || timed.seconds() < best.seconds() ? timed : best;
        }
        return best;
    }

    private static void tell(String mode, int batch, int count, Timed timed) {
        long[] sorted = timed.nanoseconds().clone();
        Arrays.sort(sorted);
        System.out.printf(
                "{\"hits\":\"%s\",\"batch\":%d,\"articles_per_s\":%.3f,\"p50_ms\":%.4f,\"p99_ms\":%.4f,"
                        + "\"matches_per_article\":%.3f,\"hits_per_article\":%.3f,\"tried_per_article\":%.1f}%n",
                mode,
                batch,
                count / timed.seconds(),
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6,
                timed.matches() / (double) count,
                timed.places() / (double) count,
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
        try (Monitor monitor = new Monitor(new Words(), Presearchers.of(articles), configuration)) {
            monitor.register(watches);
            double built = (THREADS.getCurrentThreadCpuTime() - before) / 1e9;
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            double megabytes = (runtime.totalMemory() - runtime.freeMemory()) / 1e6;
            System.out.printf("{\"build_s\":%.3f,\"memory_mb\":%.1f}%n", built, megabytes);
            // The first mode would be measured before the compiler of the virtual machine has done its work.
            for (int batch : new int[] {1, BATCH}) {
                run(monitor, seen, batch, false);
                run(monitor, seen, batch, true);
            }
            List<Set<String>> found = null;
            for (int batch : new int[] {1, BATCH}) {
                for (boolean wantsPlaces : new boolean[] {false, true}) {
                    Timed timed = best(monitor, seen, measured, batch, wantsPlaces);
                    tell(wantsPlaces ? "yes" : "no", batch, measured.size(), timed);
                    if (found != null && !found.equals(timed.found())) {
                        throw new IllegalStateException("what is found depends on how it is asked for");
                    }
                    found = timed.found();
                }
            }
            write(arguments[2], found);
        }
    }

    private static void write(String file, List<Set<String>> found) throws IOException {
        try (PrintStream out = new PrintStream(Files.newOutputStream(Path.of(file)))) {
            found.forEach(ids -> out.println(String.join(" ", ids)));
        }
    }
}
