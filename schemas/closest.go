package schemas

import "strings"

// Closest gives the one of several words that was probably meant, or "" when none is near: a slip of the finger or two,
// another case, or a beginning of at least three letters that only one has.
func Closest(word string, among []string) string {
	const longest = 64
	word = strings.ToLower(strings.TrimSpace(word))
	if len(word) < 2 || len(word) > longest {
		return ""
	}
	best, bestAt := "", 1+min(3, (len(word)+1)/3)
	begins, count := "", 0
	for _, candidate := range among {
		lower := strings.ToLower(candidate)
		if len(lower) > longest {
			continue
		}
		if d := distance(word, lower); d < bestAt {
			best, bestAt = candidate, d
		}
		if len(word) >= 3 && (strings.HasPrefix(lower, word) || strings.HasPrefix(word, lower)) {
			begins = candidate
			count++
		}
	}
	if best == "" && count == 1 {
		return begins
	}
	return best
}

// distance counts the letters to add, drop, change or swap with their neighbour.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
