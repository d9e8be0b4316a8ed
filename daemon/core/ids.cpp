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

std::string make_uuid(std::uint64_t chance_1, std::uint64_t chance_2) {
    constexpr char digits[] = "0123456789abcdef";
    std::string uuid = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
    std::size_t drawn = 0;
    for (char& c : uuid) {
        if (c != 'x' && c != '8') continue;
        std::uint64_t& chance = drawn++ < 16 ? chance_1 : chance_2;
        c = digits[c == '8' ? 8 + (chance & 3) : chance & 15];
        chance >>= 4;
    }
    return uuid;
}

}  // namespace garner
