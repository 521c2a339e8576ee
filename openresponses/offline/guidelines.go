package offline

// guidelines are what the prompt asks of the agent.
type guidelines struct {
	brief   bool
	several bool
}

func readGuidelines(prompt []string) guidelines { return guidelines{} }

// Thresholds of support.
func (g guidelines) refuse() float64      { return 0.3 }
func (g guidelines) searchAgain() float64 { return 0.6 }
func (g guidelines) lookLocally() float64 { return 0.55 }
func (g guidelines) matches() float64     { return 0.55 }
