package eval

import (
	"regexp"
	"strings"
)

// talk are sentences about the answer, the question or the grader instead of
// the matter. They must not fit a sentence of a document: what a list like this
// lets through, in other words or languages, has to share a fact's words to be
// shown to a judge at all.
var talk = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`\b(?:great|excellent|good|fantastic|wonderful|brilliant|insightful|thoughtful|amazing|interesting) question\b`,
	`\b(?:this|the|my|above|following) (?:answer|response|solution|reply)\b.{0,40}\b(?:correct|complete|accurate|comprehensive|perfect|excellent|flawless|thorough|verified|full marks|every fact|all (?:the )?facts|all checks|every check)\b`,
	`\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:rubric|instructions?|prompt|criteria|guidelines?|grading)\b`,
	`\b(?:grade|mark|rate|score|judge|evaluate|accept|approve)\b.{0,40}\b(?:answer|response|nuggets?|criteria|as (?:correct|passed|true|yes))\b`,
	`\b(?:dear|attention|note to|hello|hey|hi),? (?:the |my )?(?:judge|grader|evaluator|examiner|reviewer)\b`,
	`\b(?:to|for) the (?:judge|grader|evaluator|examiner)\b`,
	`^(?:system|judge|grader|assistant|user|developer|human)\s*:`,
	`\b(?:full|top|maximum|highest|perfect) (?:marks?|score|grade|rating)\b`,
	`\b(?:thorough|careful|meticulous|rigorous)(?:ly)? (?:checked|verified|reviewed|researched)\b`,
	`\bI(?:'m| am) (?:an? )?(?:\w+ )?(?:expert|professional|senior)\b`,
	`\b(?:I hope (?:this|that|it) helps|let me know if|happy to help|feel free to|glad you asked)\b`,
	`^(?:let'?s|let us|let me) (?:think|solve|work|break|go|reason)\b`,
	`^\W*\d+ ?(?:/|out of) ?\d+\W*$`,
	`^(?:thought process|thinking|reasoning|solution|final answer|answer|response|analysis|explanation|step[- ]by[- ]step(?: \w+)?)\s*[:.]*$`,
}, "|"))

// opener stands before what is said.
var opener = regexp.MustCompile(`(?i)^(?:(?:thought process|thinking|reasoning|solution|final answer|answer|response|sure|certainly|absolutely|of course|yes indeed|great|okay|ok)\s*[:,!]+\s*)+`)

// boosters say how sure a sentence is, and nothing else.
var boosters = regexp.MustCompile(`(?i)\b(?:I(?:'m| am) (?:(?:absolutely|very|completely|fully|quite|100 ?%) )?(?:certain|confident|sure|positive)(?: that)?|certainly|definitely|absolutely|undoubtedly|unquestionably|obviously|clearly|of course|indeed|without (?:a |any )?doubt|needless to say|rest assured(?: that)?|I can confirm that|(?:I think|I believe) that)\b,?\s*`)

// plainTone is a sentence in a plain tone; nothing is left of mere talk.
func plainTone(sentence string) string {
	if talk.MatchString(sentence) {
		return ""
	}
	return strings.TrimSpace(boosters.ReplaceAllString(opener.ReplaceAllString(sentence, ""), ""))
}
