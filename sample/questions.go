package sample

// Question is one that the demo asks, with a note that tells the viewer what
// to look for in the answer.
type Question struct {
	Question string
	Note     string
}

// Questions returns the demo's questions in the order in which they are asked:
// two that Docs answers, one that only Local answers, one that nothing answers.
func Questions() []Question {
	return []Question{
		{
			Question: "Checkout throws 503s since the last release. How do I roll back?",
			Note:     "The command comes from a runbook; each statement carries a citation that leads to its lines.",
		},
		{
			Question: "Why were order confirmations sent twice in July 2025, and what prevents it now?",
			Note:     "Cause and remedy stand in a postmortem, far apart from each other.",
		},
		{
			Question: "giftcard-hold-age fires: gift cards are stuck in HOLD. What do I do?",
			Note:     "No indexed document knows gift cards. The agent lists the local files, reads one, indexes it and searches again.",
		},
		{
			Question: "Which firmware do the Adyen terminals in the pop-up stores run?",
			Note:     "Nothing answers this. The right answer is to say so, and to cite nothing.",
		},
	}
}
