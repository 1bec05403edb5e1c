package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// check is a condition that refuses something, or must hold for a pass.
type check struct {
	file     string // path
	line     int
	start    int // of the condition, in bytes
	end      int
	text     string
	must     bool   // it must hold, so that its removal makes it true
	backstop string // why no test need miss it, or ""
}

// place is where the check stands, for people.
func (c check) place() string { return fmt.Sprintf("%s:%d", filepath.Base(c.file), c.line) }

// id tells the check from all others; the zero check has none.
func (c check) id() string {
	if c.file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", c.file, c.start)
}

const backstopMark = "//backstop:"

// findChecks returns the checks of a source file in their order.
func findChecks(path string, src []byte) ([]check, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	reasons := map[int]string{}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if why, ok := strings.CutPrefix(c.Text, backstopMark); ok {
				reasons[fset.Position(c.Pos()).Line] = strings.TrimSpace(why)
			}
		}
	}
	var found []check
	add := func(cond ast.Expr, op token.Token, line int) {
		for _, part := range operands(cond, op) {
			from, to := fset.Position(part.Pos()), fset.Position(part.End())
			found = append(found, check{
				file: path, line: from.Line, start: from.Offset, end: to.Offset, must: op == token.LAND,
				text:     strings.Join(strings.Fields(string(src[from.Offset:to.Offset])), " "),
				backstop: cmp.Or(reasons[from.Line-1], reasons[line-1]),
			})
		}
	}
	refusing := func(cond ast.Expr) { add(cond, token.LOR, fset.Position(cond.Pos()).Line) }
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if refuses(n.Body.List) {
				refusing(n.Cond)
			}
		case *ast.SwitchStmt:
			if n.Tag == nil {
				addCases(n.Body.List, refusing)
			}
		case *ast.ReturnStmt:
			if last := len(n.Results) - 1; last >= 0 && len(operands(n.Results[last], token.LAND)) > 1 {
				add(n.Results[last], token.LAND, fset.Position(n.Pos()).Line)
			}
		}
		return true
	})
	return found, nil
}

// operands returns what cond joins by op, or cond itself.
func operands(cond ast.Expr, op token.Token) []ast.Expr {
	inner := ast.Unparen(cond)
	if b, ok := inner.(*ast.BinaryExpr); ok && b.Op == op {
		return append(operands(b.X, op), operands(b.Y, op)...)
	}
	return []ast.Expr{cond}
}

func addCases(clauses []ast.Stmt, add func(ast.Expr)) {
	for _, stmt := range clauses {
		clause := stmt.(*ast.CaseClause)
		if !refuses(clause.Body) {
			continue
		}
		for _, cond := range clause.List {
			add(cond)
		}
	}
}

// refuses reports whether statements end in a return whose last result is
// neither nil nor true.
func refuses(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	ret, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	last, ok := ret.Results[len(ret.Results)-1].(*ast.Ident)
	return !ok || (last.Name != "nil" && last.Name != "true")
}
