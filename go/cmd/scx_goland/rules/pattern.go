package rules

import "regexp"

// syntax is how a pattern is written.
type syntax uint8

const (
	// words: a glob. "*" is any text, "?" any character.
	words syntax = iota
	// below: a glob for a path, whose "*" ends at a "/" and whose "**" does not. It matches what is below, too.
	below
	// expression: a regular expression, which may match anywhere.
	expression
)

// Pattern is one text to match with.
type Pattern struct {
	text   string
	syntax syntax
	re     *regexp.Regexp
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

func newPattern(text string, s syntax) (Pattern, error) {
	p := Pattern{text: text, syntax: s}
	if s == expression {
		re, err := regexp.Compile(text)
		if err != nil {
			return p, err
		}
		p.re = re
	}
	return p, nil
}

func (p *Pattern) match(text string) bool {
	switch p.syntax {
	case expression:
		return p.re.MatchString(text)
	case below:
		return globPath(p.text, text)
	}
	return glob(p.text, text)
}

// literal reports whether it is a text without any special character.
func (p *Pattern) literal() bool {
	if p.syntax == expression {
		return false
	}
	for i := range len(p.text) {
		if c := p.text[i]; c == '*' || c == '?' {
			return false
		}
	}
	return true
}

func matchAny(patterns []Pattern, text string) bool {
	for i := range patterns {
		if patterns[i].match(text) {
			return true
		}
	}
	return false
}

// glob matches a whole text. Its time is bounded by the product of both lengths: after a failure only the last "*" is tried
// again.
func glob(pattern, text string) bool {
	p, t := 0, 0
	star, resume := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			resume++
			p, t = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// globPath matches a path, or one above it. It keeps all places in the pattern that the text so far may have led to.
func globPath(pattern, path string) bool {
	if len(pattern) > 1 && pattern[len(pattern)-1] == '/' {
		pattern = pattern[:len(pattern)-1]
	}
	if pattern == "/" {
		return true // all is below the root
	}
	var buffer [2][64]bool
	now, next := buffer[0][:], buffer[1][:]
	if len(pattern) >= len(now) {
		now, next = make([]bool, len(pattern)+1), make([]bool, len(pattern)+1)
	}
	// A star may also stand for nothing.
	reach := func(places []bool, at int) {
		for places[at] = true; at < len(pattern) && pattern[at] == '*'; {
			at++
			places[at] = true
		}
	}
	reach(now, 0)
	for i := range len(path) {
		c := path[i]
		if c == '/' && now[len(pattern)] {
			return true
		}
		clear(next)
		any := false
		for at := range len(pattern) {
			if !now[at] {
				continue
			}
			switch {
			case pattern[at] == '*':
				// Of "**" each star takes a "/", so that it does not matter which one is at work.
				double := at+1 < len(pattern) && pattern[at+1] == '*' || at > 0 && pattern[at-1] == '*'
				if c != '/' || double {
					reach(next, at)
					any = true
				}
			case pattern[at] == c, pattern[at] == '?' && c != '/':
				reach(next, at+1)
				any = true
			}
		}
		if !any {
			return false
		}
		now, next = next, now
	}
	return now[len(pattern)]
}
