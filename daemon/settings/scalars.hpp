// One YAML scalar read as the type that its key wants, and the words in which a mismatch is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/secret.hpp"
#include "core/time.hpp"
#include "settings/schema.hpp"
#include "settings/yaml.hpp"

namespace garner {

/// A secret as written, not yet fetched.
struct SecretReference {
    enum class Form { literal, file, env, credential };
    Form form = Form::literal;
    Secret literal;
    std::string name;  ///< path, variable or credential
};

using Value = std::variant<std::monostate, bool, std::uint64_t, Duration, std::string, SecretReference>;

/// What is wrong with the scalar under this key; empty, and the value set, when nothing is. Not for secrets.
std::string read_scalar(const YamlNode& scalar, const Key&, const FormatContext&, Value&);

/// "must be one of logfmt, json, not 'jsn', did you mean 'json'?"
std::string wrong_choice(const YamlNode& scalar, const std::vector<std::string_view>& known);

std::string join_words(const std::vector<std::string_view>&);
std::string_view wanted(KeyKind);         ///< "a whole number"
std::string_view found(const YamlNode&);  ///< "a list"

}  // namespace garner
