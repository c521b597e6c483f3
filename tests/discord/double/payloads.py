"""
What Discord says of things, as JSON: an optional key is absent, never null.

    user  member  role  channel  guild  message      of `world`
    ready  interaction                               of a session, of what a person asked
"""

from typing import Any, Final

from tests.discord.double.ids import moment_of
from tests.discord.double.world import Attachment, Channel, ChannelType, Guild, Member, Message, Role, User, World

JSON = dict[str, Any]
JOINED: Final = "2026-01-05T15:00:00.000000+00:00"
CHANNEL: Final = 0
DIRECT: Final = 1


def user(one: User) -> JSON:
    named = {"id": one.id, "username": one.name, "discriminator": "0", "avatar": None, "global_name": one.display}
    return named | ({"bot": True} if one.is_bot else {})


def member(one: Member, *, with_user: bool = True) -> JSON:
    said = {"roles": [role.id for role in one.roles], "joined_at": JOINED, "deaf": False, "mute": False, "flags": 0}
    return said | ({"user": user(one.user)} if with_user else {})


def role(one: Role, position: int) -> JSON:
    return {
        "id": one.id,
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": position,
        "permissions": str(one.permissions),
        "managed": bool(one.bot),
        "mentionable": False,
        "flags": 0,
    } | ({"tags": {"bot_id": one.bot}} if one.bot else {})


def channel(one: Channel, world: World) -> JSON:
    last = next(reversed(one.messages), None)
    if one.type is ChannelType.DIRECT:
        assert one.person is not None
        return {"id": one.id, "type": 1, "recipients": [user(one.person)], "last_message_id": last}
    assert one.guild is not None
    if one.type is ChannelType.THREAD:
        assert one.parent is not None
        return {
            "id": one.id,
            "type": 11,
            "guild_id": one.guild.id,
            "parent_id": one.parent.id,
            "owner_id": one.guild.owner.id,
            "name": one.name,
            "last_message_id": last,
            "rate_limit_per_user": 0,
            "message_count": len(one.messages),
            "member_count": 1,
            "total_message_sent": len(one.messages),
            "thread_metadata": {
                "archived": one.is_archived,
                "auto_archive_duration": 1440,
                "archive_timestamp": JOINED,
                "locked": one.is_locked,
            },
        }
    overwrite = {"id": world.bot.id, "type": 1, "allow": str(int(one.allowed)), "deny": str(int(one.denied))}
    return {
        "id": one.id,
        "type": 0,
        "guild_id": one.guild.id,
        "name": one.name,
        "position": one.guild.channels.index(one) if one in one.guild.channels else 0,
        "permission_overwrites": [overwrite] if one.allowed or one.denied else [],
        "nsfw": False,
        "parent_id": None,
        "last_message_id": last,
        "rate_limit_per_user": 0,
    }


def guild(one: Guild, world: World) -> JSON:
    """All that is said of a guild when a session begins; only the bot is among its members."""
    return {
        "id": one.id,
        "name": one.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "description": None,
        "incidents_data": None,
        "owner_id": one.owner.id,
        "region": "",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role(each, position) for position, each in enumerate(one.roles)],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "nsfw_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "vanity_url_code": None,
        "banner": None,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "public_updates_channel_id": None,
        "stage_instances": [],
        "guild_scheduled_events": [],
        "joined_at": JOINED,
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "voice_states": [],
        "members": [member(one.members[world.bot.id])] if world.bot.id in one.members else [],
        "channels": [channel(each, world) for each in one.channels],
        "threads": [channel(each, world) for each in world.threads_of(one) if not each.is_archived],
        "presences": [],
        "soundboard_sounds": [],
    }


def attachment(one: Attachment) -> JSON:
    url = f"https://cdn.invalid/{one.id}/{one.filename}"
    return {"id": one.id, "filename": one.filename, "size": len(one.content), "url": url, "proxy_url": url}


def message(one: Message, *, with_reply: bool = True) -> JSON:
    """A message, as the gateway and the REST answers have it."""
    place = one.channel.guild
    said: JSON = {
        "id": one.id,
        "channel_id": one.channel.id,
        "author": user(one.author),
        "content": one.content,
        "timestamp": moment_of(one.id).isoformat(),
        "edited_timestamp": one.edited,
        "tts": False,
        "mention_everyone": "everyone" in one.pings,
        "mentions": [_mentioned(each, place) for each in one.mentions],
        "mention_roles": [],
        "attachments": [attachment(each) for each in one.attachments],
        "embeds": one.embeds,
        "components": one.components,
        "pinned": False,
        "type": 19 if one.reply_to else 0,
        "flags": one.flags,
    }
    if place is not None:
        said["guild_id"] = place.id
        if one.author.id in place.members:
            said["member"] = member(place.members[one.author.id], with_user=False)
    if one.nonce is not None:
        said["nonce"] = one.nonce
    if one.reply_to is not None:
        reference = {"type": 0, "message_id": one.reply_to.id, "channel_id": one.reply_to.channel.id}
        said["message_reference"] = reference | ({"guild_id": place.id} if place else {})
        if with_reply:
            gone = one.reply_to.is_deleted
            said["referenced_message"] = None if gone else message(one.reply_to, with_reply=False)
    if one.asked is not None:
        said["application_id"] = said["webhook_id"] = one.author.id
        said["interaction_metadata"] = one.asked.metadata()
        if one.asked.kind == COMMAND:
            said["type"] = 20
    return said | one.extra


def _mentioned(one: User, place: Guild | None) -> JSON:
    known = place.members.get(one.id) if place else None
    return user(one) | ({"member": member(known, with_user=False)} if known else {})


COMMAND: Final = 2
COMPONENT: Final = 3
AUTOCOMPLETE: Final = 4
MODAL: Final = 5


def ready(world: World, session_id: str, gateway_url: str) -> JSON:
    return {
        "v": 10,
        "user": user(world.bot) | {"verified": True, "email": None, "flags": 0, "mfa_enabled": False},
        "guilds": [{"id": each.id, "unavailable": True} for each in world.guilds],
        "session_id": session_id,
        "resume_gateway_url": gateway_url,
        "session_type": "normal",
        "private_channels": [],
        "presences": [],
        "shard": [0, 1],
        "application": {"id": world.application_id, "flags": 0},
    }


def interaction(
    world: World, *, asked: str, token: str, kind: int, data: JSON, person: User, place: Channel, about: Message | None
) -> JSON:
    """What a person asked, as the gateway tells it: in a guild by a *member*, in direct messages by a *user*."""
    said: JSON = {
        "id": asked,
        "application_id": world.application_id,
        "type": kind,
        "token": token,
        "version": 1,
        "data": data,
        "channel_id": place.id,
        "channel": channel(place, world) | {"permissions": str(int(world.bot_may(place)))},
        "app_permissions": str(int(world.bot_may(place))),
        "locale": "en-US",
        "entitlements": [],
        "attachment_size_limit": 10_485_760,
    }
    if place.guild is None:
        said |= {"user": user(person), "context": DIRECT, "authorizing_integration_owners": {"0": "0"}}
    else:
        known = place.guild.members.get(person.id) or Member(person)
        granted = place.guild.roles[0].permissions
        said |= {
            "guild_id": place.guild.id,
            "guild": {"id": place.guild.id, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": member(known) | {"permissions": str(granted)},
            "context": CHANNEL,
            "authorizing_integration_owners": {"0": place.guild.id},
        }
    if about is not None:
        said["message"] = message(about)
    return said
