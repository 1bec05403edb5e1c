package webhookjson

// scanValue checks what value would read.
func (d *decoder) scanValue() error {
	if d.depth--; d.depth < 0 {
		return d.tooDeep()
	}
	err := d.scanKind()
	d.depth++
	return err
}

func (d *decoder) scanKind() error {
	switch d.head() {
	case '"':
		return d.skipText()
	case '{':
		d.pos++
		return d.scanEntries(nil)
	case '[':
		d.pos++
		return d.scanList()
	case 't', 'f', 'n':
		return d.literal()
	}
	at := d.pos
	raw, exponent, err := d.number()
	if err != nil {
		return err
	}
	if !representable(raw, exponent) {
		d.pos = at
		return d.fail("number out of range")
	}
	return nil
}

// scanEntries checks an object whose brace has been read and notes its
// entries in keep, if that is not nil.
func (d *decoder) scanEntries(keep *[]entry) error {
	u := d.uniqueNames()
	for first := true; ; first = false {
		at, more, err := d.member(first)
		if err != nil {
			return err
		}
		if !more {
			return u.close(d)
		}
		name := d.string(at)
		if err := u.add(d, name); err != nil {
			return err
		}
		start := d.pos
		if err := d.scanValue(); err != nil {
			return err
		}
		if keep != nil {
			*keep = append(*keep, entry{name: name, value: span{int32(start), int32(d.pos)}})
		}
	}
}

func (d *decoder) scanList() error {
	for first := true; ; first = false {
		more, err := d.next(first, ']')
		if !more || err != nil {
			return err
		}
		if err := d.scanValue(); err != nil {
			return err
		}
	}
}
