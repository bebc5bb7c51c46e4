import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.index.Term;
import org.apache.lucene.monitor.CustomQueryHandler;
import org.apache.lucene.monitor.MultipassTermFilteredPresearcher;
import org.apache.lucene.monitor.Presearcher;
import org.apache.lucene.monitor.QueryTree;
import org.apache.lucene.monitor.TermWeightor;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;

/**
 * What keeps queries from being run on an article: the best that was found, and more than a monitor at work could know.
 *
 * 1. Two passes: of the words that a query needs, an article must have two.
 * 2. Words are weighed by how often they stand in the articles that are measured.
 * 3. Prefixes and fuzzy words keep articles away, too. Lucene runs queries of these on every article with their other
 *    words; here a word of an article also stands for its beginnings, and for itself without each of its letters.
 */
final class Presearchers implements CustomQueryHandler {
    private static final char BEGINNING = '\u0001';
    private static final char WITHOUT_A_LETTER = '\u0002';
    private static final int SHORTEST = 3;

    /** For articles like these. */
    static Presearcher of(List<Harness.Article> articles) {
        Map<String, Integer> counts = new HashMap<>();
        for (Harness.Article article : articles) {
            counts.merge(article.language(), 1, Integer::sum);
            for (String word : (article.title() + " " + article.text()).split(" ")) {
                counts.merge(word, 1, Integer::sum);
                if (!Harness.AS_IT_COMES) {
                    marks(word).forEach(mark -> counts.merge(mark, 1, Integer::sum));
                }
            }
        }
        TermWeightor weightor = TermWeightor.termFreqWeightor(counts, 1, 0.05);
        List<CustomQueryHandler> handlers = Harness.AS_IT_COMES ? List.of() : List.of(new Presearchers());
        return new MultipassTermFilteredPresearcher(2, 0, weightor, handlers, Set.of());
    }

    @Override
    public QueryTree handleQuery(Query query, TermWeightor weightor) {
        if (query instanceof PrefixQuery prefix) {
            return QueryTree.term(new Term("all", BEGINNING + prefix.getPrefix().text()), weightor);
        }
        if (query instanceof Queries.Fuzzy fuzzy) {
            List<Function<TermWeightor, QueryTree>> either = new ArrayList<>();
            for (String mark : without(fuzzy.word)) {
                either.add(by -> QueryTree.term(new Term("all", mark), by));
            }
            return QueryTree.disjunction(either, weightor);
        }
        return null;
    }

    @Override
    public TokenStream wrapTermStream(String field, TokenStream words) {
        return field.equals("all") ? new Marks(words) : words;
    }

    private static Set<String> marks(String word) {
        Set<String> found = without(word);
        for (int length = SHORTEST; length <= word.length(); length++) {
            found.add(BEGINNING + word.substring(0, length));
        }
        return found;
    }

    /** The word, and without each letter but the first; two words of at most one edit have one of these in common. */
    private static Set<String> without(String word) {
        Set<String> found = new LinkedHashSet<>();
        found.add(WITHOUT_A_LETTER + word);
        for (int at = 1; at < word.length(); at++) {
            found.add(WITHOUT_A_LETTER + word.substring(0, at) + word.substring(at + 1));
        }
        return found;
    }

    /** Each word, then its marks. */
    private static final class Marks extends TokenFilter {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final ArrayDeque<String> waiting = new ArrayDeque<>();

        Marks(TokenStream words) {
            super(words);
        }

        @Override
        public boolean incrementToken() throws IOException {
            if (waiting.isEmpty()) {
                if (!input.incrementToken()) {
                    return false;
                }
                waiting.addAll(marks(term.toString()));
                return true;
            }
            clearAttributes();
            term.append(waiting.poll());
            return true;
        }
    }
}
