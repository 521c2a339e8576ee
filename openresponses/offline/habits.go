package offline

import "regexp"

// habit is a guideline that is recognised by its meaning: a sentence says it
// if it matches every pattern of one wording, and none of except.
type habit struct {
	name     string
	set      func(*guidelines)
	wordings [][]*regexp.Regexp
	except   *regexp.Regexp
}

func (h *habit) says(s string) bool {
	if h.except != nil && h.except.MatchString(s) {
		return false
	}
	for _, wording := range h.wordings {
		if matchesAll(s, wording) {
			return true
		}
	}
	return false
}

func matchesAll(s string, patterns []*regexp.Regexp) bool {
	for _, p := range patterns {
		if !p.MatchString(s) {
			return false
		}
	}
	return true
}

// w makes a wording of patterns; each is an alternation of word beginnings.
func w(patterns ...string) []*regexp.Regexp {
	out := make([]*regexp.Regexp, 0, len(patterns))
	for _, p := range patterns {
		out = append(out, begins(p))
	}
	return out
}

// begins compiles an alternation that matches at the beginning of a word.
func begins(p string) *regexp.Regexp { return regexp.MustCompile(`\b(?:` + p + `)`) }

// Words that the wordings share.
const (
	negation = `never\b|not\b|do not\b|avoid|without\b|no\b|refrain|skip|stop\b|leave out|omit|ignore|forbid|instead of`
	asking   = `always\b|try\b|please\b|must\b|should\b|if\b|when|where\b|before\b|make sure|prefer|use\b|give|also\b`
	files    = `local (text |markdown )?(files?|folders?|documents?|notes?|director|disk|copies|drive)|list_local_files|read_local_file|files? (that (are|is) )?(on (the )?(local )?disk|not (yet )?indexed)|un-?indexed (files?|documents?)|(documents?|files?) (that )?(are|is|were|was|have|has)?\s?(not|never)( yet)?( been)? indexed|file ?system|folders? on (the )?disk|index_document`
	looking  = `look|check|list|read|open|search|browse|consult|explor|scan|turn to|go to|try|use|index|fall back|inspect|go through|see\b|call|examine|reach for|consider`
	asks     = `quer(y|ies)|search(es|ing)?\b|phrasing|wording|keywords?|search terms|formulation|ways\b|question`
	many     = `several|multiple|different|various|more than one|alternativ|at least (two|three|four)|two or (more|three)|three or|a few|synonym|rephras|reword|reformulat|paraphras|variant|variation|expand|other words|many|both as .* and as|more ways|from (different|several) angles`
	shell    = `commands?\b|code (blocks?|snippets?|samples?|listings?)|snippets?|shell|scripts?\b|command lines?|code\b`
	whole    = `whole|full|complete|entire|verbatim|exact|word for word|unabridged|unchanged|as (it|they) stands?|as written|literal|character by character|in one piece|untruncated|never shorten|not (shorten|abbreviat|truncate|cut|trim)|copy|ready to (paste|run)|copy-?past|runnable`
	quoting  = `quot|cop(y|ies)|give|includ|show|reproduc|repeat|provide|write|print|paste|keep|return|present|cite|spell|put`
	cites    = `(un)?cit(e|es|ing|ation|ations|ed)\b|reference(s|d)?\b|markers?\b|footnotes?\b|sources?\b|attribut|passage numbers?|back(ed)? up|support(ed)? (each|every)`
	units    = `each|every\b|all (the )?(statements|claims|facts|sentences|steps)|per (statement|sentence|claim|fact|step)|after (each|every|any)|any (statement|claim|fact)|behind (each|every)|single (statement|claim|fact)|throughout|as you go|inline|uncited|no (statement|claim|sentence|fact) without`
	unknown  = `not (know|known|say\b|contain|cover|answer|mention|hold\b|state\b|support|certain|sure\b|enough|found|find|in the (documents|passages|context|sources))|unknown|unsure|uncertain|doubt|insufficient|unanswer|lacks?\b|lacking|missing|no (answer|evidence|information|passage)|silent|beyond (the|what)|can not (be answered|answer|find)|weak evidence|nothing (relevant|answers|was found|is found)|fail to answer|outside (the|of)|only (answer|say|state|claim) what`
	admits   = `say\b|admit|tell|repl(y|ies)|state\b|declin|refus|report|respond|acknowledge|confess|honest|open about|frank|upfront|better to|prefer to|point out|make (it )?clear|only (answer|say|state|claim)|otherwise|own up`
	guesses  = `(never|not|avoid|rather than|instead of|than to|than|no|without|stop|refrain from|forbidden to)\b[^.;:]{0,30}\b(guess|speculat|invent|make (things|facts|something|anything|it|answers|one) up|making (things|facts|it) up|make up|made up|hallucinat|fabricat|assum|unsupported|improvis)`
	briefly  = `brief|short\b|shorter|concise|terse|succinct|compact|to the point|laconic|few words|as few|(one|two|1|2|one or two|1-2|one to two|a couple of|a single|a) (short )?sentences?|at most (one|two|three|1|2|3)|no more than|minimal|keep it (short|small)|snappy|crisp|telegraphic|pithy|tl;?dr|not ramble|no padding|length .* minimum`
	fully    = `thorough|complete(ly|ness)?\b|comprehensiv|exhaustiv|detailed|in (full )?(detail|depth)|every (step|detail|part|aspect|relevant)|all (the )?(steps|details|parts|aspects|relevant|facts|points|information)|leave (nothing|no \w+) out|not leave (anything|\w+ )?out|leave out nothing|nothing out|everything (the|that)|in-depth|elaborat|extensive|cover (all|every|each)|full (answer|picture|procedure)|long answers?|omit nothing|not omit|miss nothing|not (stop|be stingy)`
	newer    = `new(er|est)|latest|most recent|more recent|recent|up to date|up-to-date|later (date|version|document|statement|one)|fresh(er|est)|supersed|outdated|old(er|est)?\b|stale|current|by date|dates?\b`
	choosing = `prefer|trust|use\b|win|favou?r|go with|take|contradict|conflict|disagree|differ|over\b|priorit|precedence|believe|rely|beat|outrank|weigh|follow|choose|pick|ignore|discard|override|stick`
	precise  = `exact|precise|specific|concrete|literal|actual|hard`
	figures  = `numbers?|figures?|names?\b|values?\b|identifiers?|units|thresholds?|flags?|settings?|times?\b|quantit|metrics?\b|data\b|versions?|facts`
	leading  = `first|lead|start|begin|open|up ?front|top|before (any|the|all|explain)|head|foremost|immediately|right away|ahead`
)

// habits are all guidelines. Of those that contradict, the refusal of a habit
// stands behind the habit, so that it holds where one sentence seems to say
// both.
var habits = []habit{
	{
		name: "look into local files", set: func(g *guidelines) { g.local = do },
		wordings: [][]*regexp.Regexp{w(files, looking)},
		except:   begins(`(never|not|avoid|without|refrain from|no need to|stop|forbidden to|skip|leave|ignore)\b[^,;:]{0,60}\b(` + files + `)|(files?|folders?|disk) (are|is) (off limits|taboo|none of)`),
	},
	{
		name: "never look into local files", set: func(g *guidelines) { g.local = dont },
		wordings: [][]*regexp.Regexp{
			w(`(never|not|avoid|without|refrain from|no need to|stop|forbidden to|skip|leave|ignore)\b[^,;:]{0,60}\b(` + files + `)`),
			w(files, `off limits|taboo|none of your`),
		},
		except: begins(`(not|never) (ignore|skip|overlook)|not (yet )?indexed[^.]*\b(read|open|look|check|list|index)`),
	},
	{
		name: "ask in several ways", set: func(g *guidelines) { g.several = do },
		wordings: [][]*regexp.Regexp{w(asks, many, `search|quer|ask|phras|word|formulat|look for|look up|retriev`)},
		except:   begins(`(never|not|avoid|no need to)\b[^,;:]{0,40}\b(` + many + `)|only (once|one|a single)|single (query|search)|just one|(several|multiple|different|various) (documents|passages|sources|teams|sentences|steps)\b[^.]*$`),
	},
	{
		name: "search once", set: func(g *guidelines) { g.several = dont },
		wordings: [][]*regexp.Regexp{
			w(`search|quer`, `only once|just once|exactly once|no more than once|single (query|search)|one (query|search) (only|is enough)|only one (query|search)|just one (query|search)|a single time`),
			w(`(never|not|avoid)\b[^,;:]{0,30}\b(` + many + `)\b[^,;:]{0,30}(` + asks + `)`),
			w(`(never|not|avoid)\b[^,;:]{0,20}\b(rephras|reword|reformulat|paraphras|repeat (the|a) search|search again)`),
		},
		except: begins(`not (search )?(only|just) once|not settle for`),
	},
	{
		name: "quote commands whole", set: func(g *guidelines) { g.commands = do },
		wordings: [][]*regexp.Regexp{
			w(shell, whole, quoting),
			w(shell, `(never|not) (shorten|abbreviat|truncat|cut|trim|alter|split)`),
		},
		except: begins(`(never|not|avoid|no|without|leave out|omit)\b (ever )?((quot|cop|giv|includ|show|reproduc|past|print|writ|us|put)\w* )?(any |all |the |whole |full |complete |long |entire |out )*(` + shell + `)`),
	},
	{
		name: "no commands", set: func(g *guidelines) { g.commands = dont },
		wordings: [][]*regexp.Regexp{
			w(`(never|not|avoid|no|without|leave out|omit|refrain from)\b (ever )?((quot|cop|giv|includ|show|reproduc|past|print|writ|us|put)\w* )?(any |all |the |whole |full |complete |long |entire |out )*(` + shell + `)`),
			w(shell, `in (plain |your own )?(words|prose)`, `describ|explain|paraphras|summari`),
		},
		except: begins(`not (shorten|abbreviat|truncate|cut|trim|change|alter|split|omit|leave|forget|drop|skip)|never (shorten|abbreviat|truncate|cut|trim|change|alter|split|omit|leave|drop|skip)|no command (may|should|must)|without (the|a|its) command`),
	},
	{
		name: "cite each statement", set: func(g *guidelines) { g.cite = citeEach },
		wordings: [][]*regexp.Regexp{w(cites, units)},
		except:   begins(`(never|not|no need to|avoid)\b[^,;:]{0,20}\b(cit|reference)|without (any )?(cit|reference)|at the (very )?end|at the bottom|once`),
	},
	{
		name: "cite at the end", set: func(g *guidelines) { g.cite = citeEnd },
		wordings: [][]*regexp.Regexp{w(cites, `at the (very )?(end|bottom|close)|only once|just once|end of (the|your)|last line|afterwards|in one list|closing line|final line`)},
		except:   begins(`end of (each|every)|(never|not)\b[^,;:]{0,30}\b(end|bottom)`),
	},
	{
		name: "no citations", set: func(g *guidelines) { g.cite = citeNone },
		wordings: [][]*regexp.Regexp{
			w(`(never|not|no need to|avoid|without|omit|leave out|no|skip|drop|refrain from|leave away)\b (any |the |ever |adding |using |giving |include |includ\w+ |show |add |use |give |print |put |write )*(citations?|cite|citing|references?|markers?|footnotes?|source (markers|numbers|references))`),
		},
		except: begins(`(no|without|not|never)\b[^,;:]{0,40}(statement|claim|sentence|fact|answer)s? [^,;:]{0,20}without|not (forget|omit|skip|drop|leave)|never (forget|omit|skip|drop|leave)|without (a |any |its )?(citation|reference|source|marker)s?\b.*(not allowed|is wrong|is worthless|never|forbidden)|(never|not|no)\b.*\bwithout\b`),
	},
	{
		name: "say when it is not known", set: func(g *guidelines) { g.admit = do },
		wordings: [][]*regexp.Regexp{w(unknown, admits), w(guesses)},
		except:   begins(alwaysAnswer),
	},
	{
		name: "always answer", set: func(g *guidelines) { g.admit = dont },
		wordings: [][]*regexp.Regexp{w(alwaysAnswer)},
	},
	{
		name: "be brief", set: func(g *guidelines) { g.brief, g.thorough = true, false },
		wordings: [][]*regexp.Regexp{w(briefly, `answer|repl|respon|be\b|keep|write|sentence|text|words|say|limit|stay|speak|come to|use\b|get\b|length|prefer|not ramble`)},
		except:   begins(`(never|not|avoid|rather than|instead of|no need to)\b[^,;:]{0,20}\b(be |being |too |overly |so |keep )*(brief|short|concise|terse|succinct|compact)|in one sentence (what|that|why) you|shortcut|not found|(in|with) (one|a) (short )?sentence\b.*\b(not|looked|searched|missing|nothing)`),
	},
	{
		name: "be thorough", set: func(g *guidelines) { g.thorough, g.brief = true, false },
		wordings: [][]*regexp.Regexp{
			w(fully, `answer|repl|respon|be\b|give|includ|list|write|cover|explain|leave|omit|provide|describe|mention|present|miss|want|prefer|go\b`),
			w(`(never|not|avoid|no need to)\b[^,;:]{0,20}\b(be |being |too |overly |so |keep (it|answers) )*(brief|short|concise|terse|succinct)\b`),
		},
		except: begins(`(never|not|no need to|avoid)\b (\w+ ){0,3}(be |give |list |include |cover )?(thorough|complete|comprehensiv|exhaustiv|detailed|every|all\b|in detail|long)|` + shell + `|after (each|every)|all (the )?(passages|documents)|quer|search`),
	},
	{
		name: "prefer newer", set: func(g *guidelines) { g.newest = do },
		wordings: [][]*regexp.Regexp{w(newer, choosing, `document|passage|statement|source|version|date|contradict|conflict|disagree|page|one\b|information|newest|latest`)},
		except:   begins(`(never|not)\b[^,;:]{0,30}\b(prefer|trust|favou?r|go with|use) (the )?(new|latest|recent|later)|(ignore|disregard|not (look at|consider|care about|use|mind)|regardless of|no matter) (the |their |what )?(dates?|age|recency)|prefer (the )?old|old(er|est)? (\w+ )?(wins?|over|first|beats?)|old and new`),
	},
	{
		name: "ignore dates", set: func(g *guidelines) { g.newest = dont },
		wordings: [][]*regexp.Regexp{w(`(ignore|disregard|not (look at|consider|care about|use|mind)|regardless of|no matter) (the |their |what )?(dates?|age|recency)|(never|not)\b[^,;:]{0,30}\b(prefer|trust|favou?r|go with) (the )?(new|latest|recent|later)`)},
	},
	{
		name: "exact numbers first", set: func(g *guidelines) { g.exact = do },
		wordings: [][]*regexp.Regexp{
			w(precise, figures, leading+`|give|state|includ|name|always|prefer|use`),
			w(figures, leading, `answer|repl|respon|put|give|state|lead|open|start|begin|comes?`),
		},
		except: begins(`(never|not|avoid|no need)\b[^,;:]{0,30}\b(` + precise + `|` + figures + `)|` + shell + `|cit(e|ation)|round(ed)? numbers|passage numbers?|dates?\b|version of|first (search|check|look|list|ask)|search first|first name`),
	},
}

// alwaysAnswer matches sentences that forbid to say that nothing is known.
const alwaysAnswer = `(never|not|avoid|no)\b (ever )?(refus\w*|declin\w*|giv\w+ up|say(ing)? (that )?(you |it |the answer )?(do |is |does )?not (know|found|known)|say(ing)? (that )?(you )?can not|reply(ing)? (with )?not found|answer(ing)? (with )?not found|leave (a |any |the )?(question|user)s? (unanswered|without)|return(ing)? not found|admit|apologi[sz]e|hesitate to (guess|answer))|(always|must|in any case|in every case|whatever happens|no matter what)\b[^,;:]{0,20}\b(answer|give an answer|try to answer|offer an answer|provide an answer|reply with an answer|attempt)\b|(try|attempt) to answer (anyway|regardless|every|any|all|even)|best (guess|effort|attempt)|even (if|when) (you are |you're |the evidence is |evidence is |the passages are )?(not (sure|certain)|unsure|uncertain|in doubt|weak|thin|only partly)|refusing is (not|never|worse)|an? (answer|guess|imperfect answer|partial answer|rough answer) is (always )?better than (none|no answer|nothing|a refusal|refusing)|every question (must|should|has to|deserves|gets)|refusal is not an option|guess(ing)? is (fine|ok|allowed|welcome)|prefer (an answer|answering|guessing)`
