package webhookjson

// tape holds the values of the structs of a body in the order in which they
// were read, as long as it is not known whether the body is accepted and how
// many values there are of each kind. The messages are built from it at the
// end, when all memory can be allocated at once. A tape is scratch space: no
// message refers to it, and it holds no pointers to messages but in places.
type tape struct {
	cells  []cell
	counts [kinds]int
	items  int // values in lists
	places []place
}

// cell is a value, and the name that it has if it is the member of an object.
// Without pointers it costs the collector nothing.
type cell struct {
	name   ref
	text   ref // of a string
	number float64
	kind   kind
}

// size is how many members an object has, or items a list. It takes the place
// of the text's length.
func (c *cell) size() int { return int(c.text.n) }

type kind uint8

const (
	kindString kind = iota
	kindNumber
	kindTrue
	kindFalse
	kindNull
	kindObject
	kindList
	kinds
)

// keptCells is the most cells that wait for the next body: 256 KB.
const keptCells = 1 << 13

// clear empties the tape for the next body.
func (t *tape) clear() {
	if cap(t.cells) > keptCells {
		t.cells = nil
	}
	t.cells, t.places = t.cells[:0], recycle(t.places)
	t.counts, t.items = [kinds]int{}, 0
}

// add appends a cell, whose other fields hold anything.
func (t *tape) add(name ref, k kind) *cell {
	t.counts[k]++
	n := len(t.cells)
	if n == cap(t.cells) {
		t.grow()
	}
	t.cells = t.cells[:n+1]
	c := &t.cells[n]
	c.name, c.kind = name, k
	return c
}

// grow doubles the room for cells, so that what hostile bodies leave behind
// stays below what they hold.
func (t *tape) grow() {
	more := make([]cell, len(t.cells), max(64, 2*cap(t.cells)))
	copy(more, t.cells)
	t.cells = more
}

// value reads the value that is next. It is one level deeper than what is
// around it.
func (d *decoder) value(name ref) error {
	if d.depth <= 0 {
		return d.tooDeep()
	}
	switch d.head() {
	case '"':
		s, err := d.ref()
		if err != nil {
			return err
		}
		d.tape.add(name, kindString).text = s
		return nil
	case '{':
		d.depth--
		err := d.object(name)
		d.depth++
		return err
	case '[':
		d.depth--
		err := d.list(name)
		d.depth++
		return err
	case 't':
		d.tape.add(name, kindTrue)
		return d.literal()
	case 'f':
		d.tape.add(name, kindFalse)
		return d.literal()
	case 'n':
		d.tape.add(name, kindNull)
		return d.literal()
	}
	at := d.pos
	raw, exponent, err := d.number()
	if err != nil {
		return err
	}
	f, ok := parseFloat(raw, exponent)
	if !ok {
		d.pos = at
		return d.fail("number out of range")
	}
	d.tape.add(name, kindNumber).number = f
	return nil
}

// object reads an object. Whether its names are distinct shows when its map
// is built.
func (d *decoder) object(name ref) error {
	if d.head() != '{' {
		return d.unexpected("an object")
	}
	d.pos++
	at := len(d.tape.cells)
	d.tape.add(name, kindObject)
	for n := 0; ; n++ {
		key, more, err := d.member(n == 0)
		if err != nil {
			return err
		}
		if !more {
			d.tape.cells[at].text.n = int32(n)
			return nil
		}
		if err := d.value(key); err != nil {
			return err
		}
	}
}

func (d *decoder) list(name ref) error {
	d.pos++
	at := len(d.tape.cells)
	d.tape.add(name, kindList)
	for n := 0; ; n++ {
		more, err := d.next(n == 0, ']')
		if err != nil {
			return err
		}
		if !more {
			d.tape.cells[at].text.n = int32(n)
			d.tape.items += n
			return nil
		}
		if err := d.value(ref{}); err != nil {
			return err
		}
	}
}
