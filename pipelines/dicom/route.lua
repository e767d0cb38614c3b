-- For Orthanc ("LuaScripts"): sends each new radiograph to the modality 'cxr', and nothing that came from there.
function OnStoredInstance(id, tags, metadata, origin)
  if tags['Manufacturer'] ~= 'cxr-tools' and (tags['Modality'] == 'CR' or tags['Modality'] == 'DX') then
    SendToModality(id, "cxr")
  end
end
