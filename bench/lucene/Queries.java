import java.util.Arrays;
import org.apache.lucene.index.Term;
import org.apache.lucene.queries.spans.SpanNearQuery;
import org.apache.lucene.queries.spans.SpanQuery;
import org.apache.lucene.queries.spans.SpanTermQuery;
import org.apache.lucene.search.AutomatonQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.LevenshteinAutomata;

/** A query in prefix form: `A n …` all, `O n …` one of, `X q q` the first without the second, and leaves. */
final class Queries {
    /**
     * A word of at most one edit that begins with the same letter. FuzzyQuery finds the same, and builds its automaton
     * anew for each article; here it is built once, which doubles the articles a second.
     */
    static final class Fuzzy extends AutomatonQuery {
        final String word;

        Fuzzy(String word) {
            super(new Term("all", word), near(word));
            this.word = word;
        }

        private static Automaton near(String word) {
            return new LevenshteinAutomata(word.substring(1), false).toAutomaton(1, word.substring(0, 1));
        }
    }

    private final String[] tokens;
    private int at = 0;

    Queries(String text) {
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
            case "F" -> fuzzy(tokens[at++]);
            case "L" -> new TermQuery(new Term("lang", tokens[at++]));
            case "N" -> near();
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static Query fuzzy(String word) {
        return Harness.AS_IT_COMES ? new FuzzyQuery(new Term("all", word), 1, 1, 50, false) : new Fuzzy(word);
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
