#include "core/ids.hpp"

namespace garner {

std::string make_id(WallTime now, std::uint64_t chance) {
    constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    std::string id(16, '0');
    auto ms = static_cast<std::uint64_t>(to_unix_ms(now) < 0 ? 0 : to_unix_ms(now));
    for (std::size_t i = 10; i-- > 0; ms >>= 5) id[i] = alphabet[ms & 31];
    for (std::size_t i = 16; i-- > 10; chance >>= 5) id[i] = alphabet[chance & 31];
    return id;
}

}  // namespace garner
