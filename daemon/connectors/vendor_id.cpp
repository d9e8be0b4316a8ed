#include "connectors/vendor_id.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/pchars.hpp>

namespace garner {

std::string path_segment(std::string_view id) { return boost::urls::encode(id, boost::urls::pchars); }

bool is_usable_id(std::string_view id) {
    return id.size() <= 200 && id.find_first_not_of('.') != std::string_view::npos;
}

}  // namespace garner
