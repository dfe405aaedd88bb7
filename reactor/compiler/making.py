from ..blocks import Block, is_live, key_of
from ..errors import ReactorError


def maker(template, converts, plain, fallback):
    slots = [(i in plain, convert) for i, convert in enumerate(converts)]
    child_slots = template.child_slots

    def make(*given):
        *values, key = given
        try:
            for slot, (is_plain, convert) in enumerate(slots):
                value = values[slot]
                if not (is_plain and type(value) is str and value):
                    values[slot] = convert(value)
        except (TypeError, ValueError, ReactorError):
            return fallback(*given)
        live = any(is_live(values[slot]) for slot in child_slots)
        return Block(template, tuple(values), None if key is None else key_of(key, template.tag), live)

    return make
