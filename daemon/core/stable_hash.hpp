// Numbers that look random and are the same in every life of the daemon, and on every machine.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace garner {

/// Of texts and their order: ("a", "bc") and ("ab", "c") differ.
std::uint64_t stable_hash(std::initializer_list<std::string_view> texts);

}  // namespace garner
