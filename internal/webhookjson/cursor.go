package webhookjson

import (
	"iter"
	"unsafe"
)

// Members goes through the members of a JSON object: names without escapes,
// values as they stand. The object must have been checked: a body that
// [Raw.Scan] or [Decode] accepted, or a part of it; anything else may panic
// or be read wrongly. An argument that is no object has no members.
func Members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		i := skipSpace(object, 0)
		if i >= len(object) || object[i] != '{' {
			return
		}
		for i = skipSpace(object, i+1); object[i] != '}'; {
			end := skipString(object, i)
			name := Text(object[i:end])
			i = skipSpace(object, end) // at the colon
			i = skipSpace(object, i+1) // at the value
			end = skipValue(object, i)
			if !yield(name, object[i:end:end]) {
				return
			}
			if i = skipSpace(object, end); object[i] == ',' {
				i = skipSpace(object, i+1)
			}
		}
	}
}

// Elements goes through the items of a JSON list, under the same conditions
// as [Members].
func Elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		i := skipSpace(array, 0)
		if i >= len(array) || array[i] != '[' {
			return
		}
		for i = skipSpace(array, i+1); array[i] != ']'; {
			end := skipValue(array, i)
			if !yield(array[i:end:end]) {
				return
			}
			if i = skipSpace(array, end); array[i] == ',' {
				i = skipSpace(array, i+1)
			}
		}
	}
}

// Text returns the content of a JSON string in its quotes, under the same
// conditions as [Members]. Without escapes in it the result is a part of the
// argument, otherwise a copy.
func Text(quoted []byte) string {
	in := quoted[1 : len(quoted)-1]
	for _, c := range in {
		if c == '\\' {
			in = appendUnescaped(make([]byte, 0, len(in)), in)
			break
		}
	}
	return unsafe.String(unsafe.SliceData(in), len(in))
}

// skipString returns the end of the string that begins at i.
func skipString(in []byte, i int) int {
	for i++; ; {
		for i+8 <= len(in) {
			if at := stopsInText(load8(in, i)); at != 0 {
				i += trailingBytes(at)
				break
			}
			i += 8
		}
		switch in[i] {
		case '"':
			return i + 1
		case '\\':
			i += 2
		default:
			i++
		}
	}
}

// skipValue returns the end of the value that begins at i.
func skipValue(in []byte, i int) int {
	for depth := 0; ; {
		switch in[i] {
		case '"':
			i = skipString(in, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ' ', '\n', '\t', '\r', ',', ':':
			i++
			continue
		default:
			for i < len(in) && joins(in[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}
