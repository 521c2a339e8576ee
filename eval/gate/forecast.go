package gate

import (
	"fmt"
	"strings"
)

// Forecast is what an entry can find, to be told before its α is spent.
type Forecast struct {
	Terms     Terms      `json:"terms"`
	Estimates []Estimate `json:"estimates"` // in the order asked for
}

// Foresee estimates the power of an entry on these terms for several gains;
// none given means 0.05, 0.10, 0.15 and 0.20. model makes the effect of each
// gain, for instance by Empirical over differences on dev, or by ThreePoint.
// All gains are simulated with the same random numbers, so that they compare.
func Foresee(terms Terms, model func(gain float64) (Effect, error), sim Simulation, gains ...float64) (Forecast, error) {
	if len(gains) == 0 {
		gains = []float64{0.05, 0.10, 0.15, 0.20}
	}
	forecast := Forecast{Terms: terms}
	for _, gain := range gains {
		effect, err := model(gain)
		if err != nil {
			return Forecast{}, fmt.Errorf("forecast: %w", err)
		}
		estimate, err := Power(terms, effect, sim)
		if err != nil {
			return Forecast{}, fmt.Errorf("forecast of gain %v: %w", gain, err)
		}
		forecast.Estimates = append(forecast.Estimates, estimate)
	}
	return forecast, nil
}

// String says the forecast in words, with a hint where chances are poor.
func (f Forecast) String() string {
	if len(f.Estimates) == 0 {
		return "No gains were looked at."
	}
	var text strings.Builder
	clusters := "clusters"
	if f.Terms.Clusters == 1 {
		clusters = "cluster"
	}
	fmt.Fprintf(&text, "With %d %s and an error share of %.2g a gain of", f.Terms.Clusters, clusters, f.Terms.Alpha)
	best := 0.0
	for i, e := range f.Estimates {
		format := ", %.3g points %.2f"
		if i == 0 {
			format = " %.3g points would be found with probability %.2f"
		}
		fmt.Fprintf(&text, format, 100*e.Gain, e.Probability)
		best = max(best, e.Probability)
	}
	text.WriteString(".")
	if best < 0.8 {
		text.WriteString(" Each of these could well be missed: more clusters or more repeats per question would help, or a person decides.")
	}
	return text.String()
}
