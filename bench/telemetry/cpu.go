package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// cpu is the processor time that the server has used, as Linux tells it.
// Elsewhere it is an error.
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // after the command's name
	fields := strings.Fields(rest)
	const user, system, ticks = 11, 12, 100 // a second has so many ticks, whatever the kernel
	if len(fields) <= system {
		return 0, fmt.Errorf("processor time of the server: %q", text)
	}
	total := 0
	for _, field := range fields[user : system+1] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, fmt.Errorf("processor time of the server: %w", err)
		}
		total += n
	}
	return time.Duration(total) * time.Second / ticks, nil
}
