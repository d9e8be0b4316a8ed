#include "core/schedule.hpp"
