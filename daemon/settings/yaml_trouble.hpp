// What is wrong with text that yaml-cpp refuses, in words that tell what to do. Never quotes the text: it may hold a
// secret.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "settings/yaml_text.hpp"

namespace garner {

/// Where the parser was when it gave up.
struct YamlStop {
    std::string message;                    ///< yaml-cpp's
    std::size_t at = 0;                     ///< byte that it names
    std::size_t last_value_at = 0;          ///< the last value that it had understood begins here
    std::size_t last_value_length = 0;      ///< of its text when that stands there as it is, without quotes; else 0
    std::optional<std::size_t> bracket_at;  ///< innermost `[` or `{` that is still open
};

struct YamlTrouble {
    std::size_t at = 0;
    std::string message;
};

YamlTrouble explain_yaml_stop(const YamlText&, const YamlStop&);

}  // namespace garner
