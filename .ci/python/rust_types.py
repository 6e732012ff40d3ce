"""Types, bounds and signatures of rustdoc's JSON as text. Used by public_api.py.

A path is shortened to what a rename or a move within a dependency does not change: its crate and its last segment, or the last
segment alone for the standard library.
"""

STANDARD = {"alloc", "core", "std"}


class Types:
    """`public`: id to public path, of the crate's items. `paths`: rustdoc's table of all items."""

    def __init__(self, public, paths):
        self.public, self.paths = public, paths

    def render(self, kind):
        if kind is None:
            return "()"
        ((name, inner),) = kind.items() if isinstance(kind, dict) else [(kind, None)]
        return getattr(self, f"render_{name}")(inner)

    def path(self, inner):
        """A path with its arguments."""
        return self.name(inner) + self.arguments(inner.get("args"))

    def name(self, inner):
        return self.public.get(inner["id"]) or self.name_of(inner["id"])

    def name_of(self, item_id):
        """The name of an item of another crate; `_` for a private or hidden one of this crate."""
        item = self.paths.get(str(item_id))
        if item is None or item["crate_id"] == 0:
            return "_"
        crate, last = item["path"][0], item["path"][-1]
        return last if crate in STANDARD else f"{crate}::{last}"

    def render_resolved_path(self, inner):
        return self.path(inner)

    def render_dyn_trait(self, inner):
        parts = [higher_ranked(it, self) + self.path(it["trait"]) for it in inner["traits"]]
        return "dyn " + " + ".join(parts + [inner["lifetime"]] * bool(inner["lifetime"]))

    def render_generic(self, inner):
        return inner

    render_primitive = render_generic

    def render_infer(self, _inner):
        return "_"

    def render_function_pointer(self, inner):
        return higher_ranked(inner, self) + "fn" + self.signature(inner["sig"])

    def render_tuple(self, inner):
        return "(" + ", ".join(map(self.render, inner)) + ")"

    def render_slice(self, inner):
        return f"[{self.render(inner)}]"

    def render_array(self, inner):
        return f"[{self.render(inner['type'])}; {inner['len']}]"

    def render_impl_trait(self, inner):
        return "impl " + self.bounds(inner)

    def render_raw_pointer(self, inner):
        return f"*{'mut' if inner['is_mutable'] else 'const'} {self.render(inner['type'])}"

    def render_borrowed_ref(self, inner):
        lifetime = inner["lifetime"] + " " if inner["lifetime"] else ""
        target = self.render(inner["type"])
        target = f"({target})" if " + " in target and target.startswith(("dyn ", "impl ")) else target
        return f"&{lifetime}{'mut ' if inner['is_mutable'] else ''}{target}"

    def render_qualified_path(self, inner):
        trait = inner["trait"]
        of = self.render(inner["self_type"]) + (f" as {self.path(trait)}" if trait and self.name(trait) else "")
        return f"<{of}>::{inner['name']}{self.arguments(inner['args'])}"

    def arguments(self, args):
        if not args or args == "return_type_notation":
            return ""
        if inner := args.get("parenthesized"):
            output = f" -> {self.render(inner['output'])}" if inner["output"] else ""
            return f"({', '.join(map(self.render, inner['inputs']))}){output}"
        inner = args["angle_bracketed"]
        parts = [self.argument(it) for it in inner["args"]] + [self.constraint(it) for it in inner["constraints"]]
        return f"<{', '.join(parts)}>" if parts else ""

    def argument(self, argument):
        ((kind, inner),) = argument.items() if isinstance(argument, dict) else [(argument, "_")]
        return {"lifetime": lambda: inner, "const": lambda: inner["expr"], "type": lambda: self.render(inner)}.get(
            kind, lambda: "_"
        )()

    def constraint(self, constraint):
        binding = constraint["binding"]
        name = constraint["name"] + self.arguments(constraint["args"])
        if "equality" in binding:
            return f"{name} = {self.term(binding['equality'])}"
        return f"{name}: {self.bounds(binding['constraint'])}"

    def term(self, term):
        return self.render(term["type"]) if "type" in term else term["constant"]["expr"]

    def bounds(self, bounds):
        return " + ".join(self.bound(bound) for bound in bounds)

    def bound(self, bound):
        if "outlives" in bound:
            return bound["outlives"]
        if "use" in bound:
            return f"use<{', '.join(next(iter(it.values())) for it in bound['use'])}>"
        inner = bound["trait_bound"]
        return {"maybe": "?"}.get(inner["modifier"], "") + higher_ranked(inner, self) + self.path(inner["trait"])

    def generics(self, generics):
        """`<T: Bound> where ..`, without the parameters that `impl Trait` stands for."""
        parts = [text for text in map(self.parameter, generics["params"]) if text]
        where = [self.predicate(it) for it in generics["where_predicates"]]
        return (f"<{', '.join(parts)}>" if parts else "") + (f" where {', '.join(where)}" if where else "")

    def parameter(self, parameter):
        ((kind, inner),) = parameter["kind"].items()
        if kind == "lifetime":
            outlives = " + ".join(inner["outlives"])
            return parameter["name"] + (f": {outlives}" if outlives else "")
        if kind == "const":
            return f"const {parameter['name']}: {self.render(inner['type'])}"
        if inner["is_synthetic"]:
            return ""
        bounds = f": {self.bounds(inner['bounds'])}" if inner["bounds"] else ""
        return parameter["name"] + bounds + (f" = {self.render(inner['default'])}" if inner["default"] else "")

    def predicate(self, predicate):
        ((kind, inner),) = predicate.items()
        if kind == "bound_predicate":
            return f"{higher_ranked(inner, self)}{self.render(inner['type'])}: {self.bounds(inner['bounds'])}"
        if kind == "lifetime_predicate":
            return f"{inner['lifetime']}: {' + '.join(inner['outlives'])}"
        return f"{self.render(inner['lhs'])} = {self.term(inner['rhs'])}"

    def signature(self, sig):
        output = f" -> {self.render(sig['output'])}" if sig["output"] else ""
        return f"({', '.join(self.input(*it) for it in sig['inputs'])}){output}"

    def input(self, name, kind):
        """Callers do not see the names of parameters."""
        return self.render(kind).replace("Self", "self") if name == "self" else self.render(kind)

    def function(self, inner, path, suffix=""):
        """`suffix`: generics of the implementation that has the function."""
        header = inner["header"]
        words = [word for word in ("const", "async", "unsafe") if header[f"is_{word}"]]
        params, _, where = self.generics(inner["generics"]).partition(" where ")
        text = " ".join([*words, "fn", path]) + params + self.signature(inner["sig"])
        return text + (f" where {where}" if where else "") + (f" in impl{suffix}" if suffix else "")


def higher_ranked(inner, types):
    """`for<'a> `."""
    names = [types.parameter(it) for it in inner.get("generic_params", [])]
    return f"for<{', '.join(names)}> " if names else ""
