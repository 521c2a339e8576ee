package lint

import "strings"

// The languages that are told apart, by the words without which no sentence
// gets along.
const inEnglish = "English"

var languages = map[string]set{
	inEnglish:    setOf(strings.Fields(`the and of to is are that this with for from when what which if not or you your it its they them than then be by on each only any every all but where how who was were has have had will would should must can could may into a an in as at do does dont there their these those been being about because before after so such no nor`)),
	"German":     setOf(strings.Fields(`der die das und ist sind nicht ein eine einen einem einer eines mit von zu fur auf im den dem des wenn oder aber auch als bei nach aus sich wird werden kann du sie wir ihr dass jede jeden jedes nur wie was wo immer nie dann dich dein deine deiner ihre keine kein sowie zum zur uber vor`)),
	"French":     setOf(strings.Fields(`le la les des une et est sont pas que qui dans pour avec sur par au aux du ne se ce cette ces si ou mais comme tout tous toute toutes vous votre vos leur leurs il elle ils nous chaque jamais toujours lorsque quand sans sous entre afin puis`)),
	"Spanish":    setOf(strings.Fields(`el la los las una y es son que en para con por del al se si o pero como todo todos cada nunca siempre cuando no lo su sus tu usted este esta estos estas sin sobre entre antes desde hasta segun`)),
	"Italian":    setOf(strings.Fields(`il lo gli una e sono che non per con del della dei delle nel nella si se o ma come tutto tutti ogni mai sempre quando tu tuo questa questo anche senza sopra tra fra prima dopo dal dalla`)),
	"Portuguese": setOf(strings.Fields(`os as uma e sao que nao em para com por do da dos das no na nos nas se ou mas como todo todos cada nunca sempre quando seu sua voce este esta sem sobre entre antes depois ao pelo pela`)),
	"Dutch":      setOf(strings.Fields(`de het een en is zijn niet van voor met op aan bij als of maar ook uit wordt worden kan je jij u wij zij dat elke alleen hoe waar altijd nooit dan deze dit geen naar over tot door er`)),
	"Polish":     setOf(strings.Fields(`i w z na nie jest sa do dla od po przez lub ale jak kazdy kazda tylko zawsze nigdy gdy jesli to ten ta te sie czy co za pod nad przy bez oraz`)),
	"Swedish":    setOf(strings.Fields(`och att det ar som en ett inte pa av med for den till om eller men ocksa nar hur var alltid aldrig varje bara du din ditt fran utan mellan efter fore`)),
}

// functionWords are those of a language; nil for an unknown one.
func functionWords(language string) set { return languages[language] }

// languageOf tells in which language a text is, by its function words; "" if it
// does not show.
func languageOf(text string) string {
	best, n, second := "", 0, 0
	for name := range languages {
		k := functions(text, name)
		if k > n || k == n && name < best {
			best, n, second = name, k, n
		} else if k > second {
			second = k
		}
	}
	if n == 0 || n == second {
		return ""
	}
	return best
}

// functions counts the words of a text that are function words of a language.
func functions(text, language string) (n int) {
	for _, w := range plainWords(text) {
		if languages[language][w] {
			n++
		}
	}
	return n
}

// strangeLanguage returns the language of new sentences if it is not that of the
// champion; "" if it is, or if it does not show.
func strangeLanguage(fresh []string, champion string) string {
	if champion == "" {
		return ""
	}
	texts := append([]string{strings.Join(fresh, " ")}, fresh...)
	for _, text := range texts {
		got := languageOf(text)
		if got == "" || got == champion {
			continue
		}
		if k := functions(text, got); k >= 2 && k > functions(text, champion)+1 {
			return got
		}
	}
	return ""
}
