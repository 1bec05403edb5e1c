package flexible

import "github.com/cxhook/cxhook/internal/expr"

// RenderCounting renders t with the parameters p and returns how many names
// were folded for it.
func RenderCounting(t *Template, p Params) (out string, folded int, err error) {
	fold := func(name string) string {
		folded++
		return expr.Fold(name)
	}
	dst, err := t.Append(nil, &Env{Scope: &lookup{index: expr.Index{Params: p, Fold: fold}}})
	return string(dst), folded, err
}
