#include "core/failure.hpp"

#include <stdexcept>

namespace garner {

std::string_view to_string(FailureKind kind) {
    switch (kind) {
        case FailureKind::transient:
            return "transient";
        case FailureKind::uncertain:
            return "uncertain";
        case FailureKind::busy:
            return "busy";
        case FailureKind::rejected:
            return "rejected";
        case FailureKind::gone:
            return "gone";
        case FailureKind::corrupt:
            return "corrupt";
        case FailureKind::local:
            return "local";
    }
    return "unknown";
}

Failure Failure::during(std::string_view operation) const {
    Failure outer = *this;
    outer.what = std::string(operation) + ": " + what;
    return outer;
}

void throw_exception_from_error(const Failure& failure, const boost::source_location& where) {
    throw std::logic_error(std::string(where.file_name()) +
                           ": an unchecked failure was used as a value: " + failure.what);
}

}  // namespace garner
