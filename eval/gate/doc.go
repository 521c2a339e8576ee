// Package gate decides whether a rewritten prompt is better or merely lucky.
//
// An Entry tests one candidate: it bets on the score differences between the
// candidate and the prompt in use (the champion), one bet per document
// cluster, and promotes once its wealth would be too great a coincidence for
// a candidate that is no better. A Ledger hands each entry its share of an
// error budget that lasts for the agent's whole life. Power says beforehand
// what an entry can find. A Guardrail's Watch bets, cluster by cluster beside
// the entry, that what the score does not measure did not get worse; a promotion
// wants all of them Held, and an entry that is convinced goes on until they are.
// Futile says when going on has no chance left. What all of that finds, and how
// often it errs, is simulated by bench/gate and written down in docs/gate.md.
//
// What is claimed, for one agent with models, judge, rubric and index
// snapshot frozen: the chance that any entry ever promotes a prompt whose
// mean judged score over the cases' population is not higher is at most
// Budget, however often and whenever one looks. The mean gives each cluster
// the same weight, however many cases it has. The claim holds if
//
//   - each difference is the mean over one cluster (Difference), clusters are
//     independent, and they come in one random order drawn when they were
//     sealed;
//   - whoever proposes candidates learns one word of an entry, its Verdict,
//     until the sealed cases it touched have retired, which they do after a
//     promotion. Cases may be reused until then: along the one history in
//     which every entry so far was rejected, candidates do not depend on the
//     sealed cases, so the entries' error probabilities add up;
//   - an answer that failed scores 0, and a case whose judge failed counts as
//     JudgeFailed;
//   - a judge that favours candidates does so by no more than Terms.Bias.
//
// Nothing is stored and nothing is read here. Same input, same bits, on one
// architecture; on another the last digits may differ.
package gate
