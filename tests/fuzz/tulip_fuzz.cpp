// What Tulip, or whoever answers in its place, says.
#include "fuzz/connector_fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    SourceSettings source = fuzz::source_of(SourceType::tulip, "https://acme.tulip.test");
    source.vendor = TulipSettings{"", "apikey.2_fuzz", Secret(std::string(fuzz::secret))};
    return fuzz::try_connector(source, {}, fuzz::text_of(data, size));
}
