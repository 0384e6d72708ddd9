"""Which friends next: users are ranked for users, by links alone."""

from .friend_data import (
    FriendData as FriendData,
    friend_data as friend_data,
    links_of as links_of,
)
from .friends import FRIENDS as FRIENDS
