package textindex

import "strings"

// irregular maps forms that the stemmer doesn't know to the word they belong
// to.
var irregular = forms(`
	begin began begun
	break broke broken
	bring brought
	build built
	buy bought
	catch caught
	choose chose chosen
	come came
	deal dealt
	draw drew drawn
	drive drove driven
	fall fell fallen
	feed fed
	find found
	fly flew flown
	forget forgot forgotten
	forbid forbade forbidden
	freeze froze frozen
	get got gotten
	give gave given
	go went gone
	grow grew grown
	hang hung
	hide hid hidden
	hold held
	keep kept
	know knew known
	lead led
	leave left
	lose lost
	make made
	mean meant
	meet met
	pay paid
	rewrite rewrote rewritten
	ride rode ridden
	ring rang rung
	rise rose risen
	run ran
	say said
	see saw seen
	seek sought
	sell sold
	send sent
	shake shook shaken
	show shown
	shrink shrank shrunk
	sink sank sunk
	speak spoke spoken
	spend spent
	spin spun
	stand stood
	steal stole stolen
	stick stuck
	take took taken
	teach taught
	tear tore torn
	tell told
	think thought
	throw threw thrown
	understand understood
	wake woke woken
	wear wore worn
	win won
	withdraw withdrew withdrawn
	write wrote written
	index indices indexes
	matrix matrices
	vertex vertices
	person people
	child children
`)

// forms maps each later word of a line to the first.
func forms(lines string) map[string]string {
	base := make(map[string]string)
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		for _, w := range words[min(1, len(words)):] {
			base[w] = words[0]
		}
	}
	return base
}
